import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { createAuth } from '../../client/src/auth.ts';
import type * as errors from '../../client/src/errors.ts';
import { AuthRejected, AuthUnavailable } from '../../client/src/errors.ts';
import { GRANT } from '../../lib/http/openapi/examples.ts';
import { cleanUp } from '../support/clean-up.ts';
import { type FakeAnswer, type Fault, startFake } from './fake-service.ts';

const KEY = 'hk_live_key';
const VALID: FakeAnswer = { status: 200, body: { is_valid: true, ...GRANT } };

/** Creates a client of a service that answers its requests in turn, the last answer repeatedly. */
async function authOf(...answers: (FakeAnswer | Fault)[]) {
  const fake = await startFake((index) => answers[Math.min(index, answers.length - 1)] ?? 'hang');
  const auth = createAuth({ url: fake.url, serviceId: 'prediction', timeoutMs: 2000 });
  return { ...fake, auth };
}

async function failureOf(promise: Promise<unknown>): Promise<AuthUnavailable> {
  const error = await promise.catch((thrown) => thrown);
  if (error instanceof AuthUnavailable) return error;
  throw new Error('There was an answer', { cause: error });
}

test('sends what is to be checked, and no more', async () => {
  const { auth, received } = await authOf(VALID);
  await auth.validate({ key: KEY });
  await auth.validate({
    key: KEY,
    scope: 'predict',
    clientIp: `203.0.113.10${' '.repeat(5000)}`,
    environment: 'test',
  });
  expect(received).toEqual([
    {
      method: 'POST',
      path: '/api/v1/keys/validate',
      headers: expect.objectContaining({
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
      }),
      body: { service_id: 'prediction', client_ip: '' },
    },
    expect.objectContaining({
      body: {
        service_id: 'prediction',
        required_scope: 'predict',
        client_ip: `203.0.113.10${' '.repeat(88)}`,
        environment: 'test',
      },
    }),
  ]);
});

test('asks for a lease for callers of the same moment, in the environment of the client', async () => {
  const lease = { requests: 2, milliseconds: 1500 };
  const { url, received } = await authOf({
    status: 200,
    body: { is_valid: true, ...GRANT, lease },
  });
  const auth = createAuth({ url, serviceId: 'prediction', environment: 'production' });
  const [one, two] = await Promise.all([
    auth.validate({ key: KEY }),
    auth.validate({ key: KEY, environment: undefined }),
  ]);
  expect(one).toBe(two);
  expect(one).not.toHaveProperty('lease');
  expect(received.map(({ body }) => body)).toEqual([
    { service_id: 'prediction', client_ip: '', environment: 'production', lease_requests: 2 },
  ]);
  expect(auth.stats()).toMatchObject({ validations: 2, local: 0, calls: 1 });
});

test.each([
  ['', '/api/v1/keys/validate'],
  ['/', '/api/v1/keys/validate'],
  ['/prod', '/prod/api/v1/keys/validate'],
  ['/prod/', '/prod/api/v1/keys/validate'],
])('appends the path of the operation to a base URL that ends with "%s"', async (end, path) => {
  const { url, received } = await authOf(VALID);
  for (const base of [url + end, new URL(url + end)]) {
    await createAuth({ url: base, serviceId: 'prediction' }).validate({ key: KEY });
  }
  expect(received.map((request) => request.path)).toEqual([path, path]);
});

test.each([
  ['auth.example.com', 'url is not a URL: auth.example.com'],
  ['ftp://auth.example.com', 'url must begin with https:// or http:// and contain no credentials'],
  ['https://a:b@c', 'url must begin with https:// or http:// and contain no credentials'],
])('does not accept %s as the URL', (url, message) => {
  expect(() => createAuth({ url, serviceId: 'prediction' })).toThrow(new TypeError(message));
});

test.each(['', undefined, 5])('does not accept %p as the service', (serviceId) => {
  const create = () =>
    createAuth({ url: 'https://auth.example.com', serviceId: serviceId as string });
  expect(create).toThrow(new TypeError('serviceId must be a string that is not empty'));
});

test.each([
  ['5000', TypeError],
  [null, TypeError],
  [Number.NaN, RangeError],
  [Number.POSITIVE_INFINITY, RangeError],
  [2500.5, RangeError],
  [0, RangeError],
  [-1, RangeError],
  [600_001, RangeError],
])('does not accept %p as the time-out', (timeoutMs, error) => {
  const create = () =>
    createAuth({ url: 'https://a.b', serviceId: 'c', timeoutMs: timeoutMs as number });
  expect(create).toThrow(error);
});

test.each(['cut', 'cut-body'] as const)(
  'asks once more after a connection broke: %s',
  async (fault) => {
    const { auth, received } = await authOf(fault, VALID);
    expect(await auth.validate({ key: KEY })).toMatchObject({ valid: true });
    expect(received).toHaveLength(2);
    expect(auth.stats().calls).toBe(1);
  },
);

test('gives up when the connection breaks again', async () => {
  const { auth, received } = await authOf('cut');
  const { name, message, status, cause } = await failureOf(auth.validate({ key: KEY }));
  expect([name, message, status, String(cause)]).toEqual([
    'AuthUnavailable',
    'The API-key service did not answer (UND_ERR_SOCKET)',
    undefined,
    'TypeError: fetch failed',
  ]);
  expect(received).toHaveLength(2);
});

test('gives up when nobody listens', async () => {
  const { auth, stop } = await authOf();
  stop();
  const { message, cause } = await failureOf(auth.validate({ key: KEY }));
  expect(message).toBe('The API-key service did not answer (ECONNREFUSED)');
  expect(cause).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test.each([
  ['no answer', ['hang']],
  ['a broken connection and then no answer', ['cut', 'hang']],
] as const)('gives up at the end of the time-out after %s', async (_, faults) => {
  const { url, received } = await authOf(...faults);
  const auth = createAuth({ url, serviceId: 'prediction', timeoutMs: 200 });
  const startedAt = performance.now();
  const error = await failureOf(auth.validate({ key: KEY }));
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(error.message).toBe('The API-key service did not answer within 200 ms');
  expect(received).toHaveLength(faults.length);
});

test('a stampede on a service that is down is one call, and the next one recovers', async () => {
  const { url, received } = await authOf('hang', VALID);
  const auth = createAuth({ url, serviceId: 'prediction', timeoutMs: 300 });
  const failures = await Promise.all(
    Array.from({ length: 1000 }, () => failureOf(auth.validate({ key: KEY }))),
  );
  const [first] = failures;
  expect(first?.message).toMatch(/^The API-key service did not answer within \d+ ms$/);
  expect(failures.every((failure) => failure === first)).toBe(true);
  expect(received).toHaveLength(1);
  expect(await auth.validate({ key: KEY })).toMatchObject({ valid: true });
});

const NO_GRANT = { is_valid: false, error: 'API key has expired', code: 'expired' };

test.each([
  ['a problem', { status: 503, body: { type: 'about:blank', status: 503 } }],
  ['a time-out of a proxy', { status: 408, body: '' }],
  ['an invalid request', { status: 400, body: { type: 'about:blank', status: 400 } }],
  ['the throttle of the gateway', { status: 429, body: { message: 'Too Many Requests' } }],
  ['a page of a proxy', { status: 200, body: '<html>' }],
  ['an empty answer', { status: 200, body: '' }],
  ['null', { status: 200, body: null }],
  ['another JSON object', { status: 200, body: { message: 'ok' } }],
  ['a refusal with 200', { status: 200, body: NO_GRANT }],
  ['an acceptance with 401', { status: 401, body: VALID.body }],
  ['a status that the operation does not have', { status: 403, body: NO_GRANT }],
  ['a redirection', { status: 307, headers: { location: 'http://127.0.0.1:9/' }, body: '' }],
])('takes %s for no answer, and does not ask again', async (_, answer) => {
  const { auth, received } = await authOf(answer);
  const error = await failureOf(auth.validate({ key: KEY }));
  expect(error.message).toBe(`The API-key service gave no usable answer (${answer.status})`);
  expect(error.status).toBe(answer.status);
  expect(error.isOutage).toBe(![400, 401, 403].includes(answer.status));
  expect(received).toHaveLength(1);
});

test.each([
  [503, '3', 3],
  [429, '0', 0],
  [503, 'Mon, 23 Nov 2026 19:00:00 GMT', undefined],
  [500, '3', undefined],
])('reads when to try again from an answer %d with Retry-After: %s', async (...given) => {
  const [status, retryAfter, expected] = given;
  const { auth } = await authOf({ status, headers: { 'retry-after': retryAfter }, body: {} });
  expect((await failureOf(auth.validate({ key: KEY }))).retryAfter).toBe(expected);
});

test.each([
  ['more requests than asked for', { requests: 3, milliseconds: 1500 }],
  ['no requests', { requests: 0, milliseconds: 1500 }],
  ['half a request', { requests: 1.5, milliseconds: 1500 }],
  ['requests that are no number', { requests: null, milliseconds: 1500 }],
  ['no number of requests', { milliseconds: 1500 }],
  ['more than two seconds', { requests: 2, milliseconds: 2001 }],
  ['no time', { requests: 2, milliseconds: 0 }],
  ['a time that is no number', { requests: 2, milliseconds: null }],
])('takes a lease with %s for none', async (_, lease) => {
  const { auth, received } = await authOf({
    status: 200,
    body: { is_valid: true, ...GRANT, lease },
  });
  await Promise.all([auth.validate({ key: KEY }), auth.validate({ key: KEY })]);
  await auth.validate({ key: KEY });
  expect(received.map(({ body }) => body.lease_requests)).toEqual([2, undefined, undefined]);
});

test('keeps no bytes of an answer that is not HTTP, which may hold the key', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (sent) => socket.end(`HTTP/9 no ${sent}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => server.close());
  const { port } = server.address() as AddressInfo;
  const auth = createAuth({ url: `http://127.0.0.1:${port}`, serviceId: 'prediction' });
  const error = await failureOf(auth.validate({ key: KEY }));
  expect(error.cause).toMatchObject({ cause: { code: 'HPE_INVALID_VERSION' } });
  expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(KEY);
});

test('rejects a request that is not one, and fails closed', async () => {
  const { auth, received } = await authOf(VALID);
  const error = await failureOf(auth.validate({ key: KEY, clientIp: 42 as unknown as string }));
  expect(error).toMatchObject({
    message: 'The request could not be sent',
    isOutage: false,
    cause: { name: 'TypeError' },
  });
  expect(received).toEqual([]);
});

test('recognizes the errors of another copy of the package', async () => {
  let copy: typeof errors | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('../../client/src/errors.ts');
  });
  if (!copy) throw new Error('There is no copy');
  expect(copy.AuthUnavailable).not.toBe(AuthUnavailable);
  expect(new copy.AuthUnavailable('No answer')).toBeInstanceOf(AuthUnavailable);
  expect(new copy.AuthRejected('No key', 404)).toBeInstanceOf(AuthRejected);
  expect(new copy.AuthRejected('No key', 404)).not.toBeInstanceOf(AuthUnavailable);
  expect(new Error('No answer')).not.toBeInstanceOf(AuthUnavailable);
  expect(undefined).not.toBeInstanceOf(AuthUnavailable);
});
