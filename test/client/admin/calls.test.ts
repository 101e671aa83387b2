import { expect, test } from '@jest/globals';
import { AdminError, AuthUnavailable, createAdmin } from '../../../client/src/admin/index.ts';
import { type FakeAnswer, type Fault, startFake } from '../fake-service.ts';

const ID = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';
const DOWN: FakeAnswer = { status: 503, body: { detail: 'Down' } };
const THROTTLED: FakeAnswer = {
  status: 429,
  headers: { 'retry-after': '0' },
  body: { message: 'Too Many Requests' },
};

async function adminOf(...answers: (FakeAnswer | Fault)[]) {
  const fake = await startFake((index) => answers[index] ?? { status: 200, body: {} });
  return { ...fake, admin: createAdmin({ url: fake.url, token: 'token', timeoutMs: 200 }) };
}
type Admin = ReturnType<typeof createAdmin>;

test.each([
  ['get', (admin: Admin) => admin.get(ID)],
  ['update', (admin: Admin) => admin.update(ID, { name: 'a' })],
  ['revoke', (admin: Admin) => admin.revoke(ID)],
  ['explain', (admin: Admin) => admin.explain({ keyId: ID })],
])('sends %s again after no answer and after a 5xx', async (_, call) => {
  const { admin, received } = await adminOf('cut-body', DOWN);
  await call(admin);
  expect(received).toHaveLength(3);
  expect(received[2]).toEqual({
    ...received[0],
    headers: expect.objectContaining({ authorization: 'Bearer token' }),
  });
});

test.each([
  ['create', (admin: Admin) => admin.create({ name: 'a', serviceId: 's' })],
  ['rotate', (admin: Admin) => admin.rotate(ID)],
])('sends %s once, unless API Gateway has throttled it', async (_, call) => {
  for (const answer of [DOWN, 'cut', 'hang'] as const) {
    const { admin, received } = await adminOf(answer);
    const error = answer === DOWN ? AdminError : AuthUnavailable;
    await expect(call(admin)).rejects.toBeInstanceOf(error);
    expect(received).toHaveLength(1);
  }
  const throttled = await adminOf(THROTTLED, THROTTLED);
  await call(throttled.admin);
  expect(throttled.received).toHaveLength(3);
});

test('gives up after the third attempt, with what the last answer said', async () => {
  const last: FakeAnswer = { ...DOWN, headers: { 'retry-after': '7', 'x-request-id': 'a' } };
  const { admin, received } = await adminOf(DOWN, DOWN, last);
  await expect(admin.get(ID)).rejects.toMatchObject({
    message: 'Down',
    status: 503,
    retryAfter: 7,
    requestId: 'a',
  });
  expect(received).toHaveLength(3);
});

test('follows the query of a link only, so that the token is sent nowhere else', async () => {
  const link = '<https://elsewhere.example.com/path?cursor=b>; rel="next"';
  const { admin, received } = await adminOf(
    { status: 200, headers: { link }, body: [] },
    { status: 200, body: [{ key_id: ID }] },
  );
  for await (const key of admin.list({ limit: 1 })) expect(key).toEqual({ keyId: ID });
  expect(received.map(({ path }) => path)).toEqual([
    '/api/v1/keys?limit=1',
    '/api/v1/keys?cursor=b',
  ]);
});

test.each([
  ['a redirect', { status: 301, headers: { location: '/' }, body: '' }, 'answered 301'],
  ['a page of a proxy', { status: 200, body: '<html>' }, 'no usable answer (200)'],
  ['an error page of a proxy', { status: 403, body: '<html>' }, 'answered 403'],
])('does not take %s for an answer', async (_, answer, message) => {
  const { admin } = await adminOf(answer, answer, answer);
  await expect(admin.get(ID)).rejects.toThrow(message);
});

test('keeps the names of services in totals as they are', async () => {
  const usage_by_date = { '2026-11-23': { my_service: { compute_ms: 1 } } };
  const { admin } = await adminOf({ status: 200, body: { as_of: null, usage_by_date } });
  expect(await admin.usageTotals()).toEqual({
    asOf: null,
    usageByDate: { '2026-11-23': { my_service: { computeMs: 1 } } },
  });
});

test('refuses what it could not send, without showing it', async () => {
  const { admin, url, received } = await adminOf();
  await expect(admin.get('../usage')).rejects.toThrow(new TypeError('A key_id is a UUID'));
  await expect(createAdmin({ url, token: 'a\nb' }).get(ID)).rejects.toThrow(
    new TypeError('The token is empty or holds a character that a header cannot carry'),
  );
  expect(() => createAdmin({ url: 'ftp://a', token: 'a' })).toThrow(TypeError);
  // @ts-expect-error
  expect(() => createAdmin({ url, tokens: 'a' })).toThrow('createAdmin has no option tokens');
  expect(received).toEqual([]);
});
