import { expect, test } from '@jest/globals';
import { createAuth } from '../../client/src/auth.ts';
import { AuthRejected, AuthUnavailable } from '../../client/src/errors.ts';
import type { Debit } from '../../client/src/types.ts';
import { type FakeAnswer, type Fault, startFake } from './fake-service.ts';

const DEBIT: Debit = {
  key: 'hk_live_key',
  keyId: '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11',
  endpoint: '/v1/predict',
  predictionsCount: 3,
};

async function authOf(...answers: (FakeAnswer | Fault)[]) {
  const fake = await startFake((index) => answers[index] ?? 'hang');
  return { ...fake, auth: createAuth({ url: fake.url, serviceId: 'prediction' }) };
}

const debited = (remaining: number | null): FakeAnswer => ({
  status: 200,
  body: { message: 'Usage debited successfully', remaining },
});

test('debits predictions before they are served', async () => {
  const { auth, received } = await authOf(debited(7), debited(null));
  const first = { ...DEBIT, statusCode: undefined, responseTimeMs: undefined };
  expect(await auth.debit(first)).toEqual({ debited: true, remaining: 7 });
  const more = { statusCode: 200, responseTimeMs: 1.5, computeMs: 1, modelId: 'a' };
  expect(await auth.debit({ ...DEBIT, ...more, idempotencyKey: 'mine' })).toEqual({
    debited: true,
    remaining: null,
  });
  const body = {
    service_id: 'prediction',
    endpoint: '/v1/predict',
    status_code: 0,
    response_time_ms: 0,
    predictions_count: 3,
    idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/),
  };
  expect(received).toEqual([
    {
      method: 'POST',
      path: `/api/v1/usage/${DEBIT.keyId}/debit`,
      headers: expect.objectContaining({ authorization: `Bearer ${DEBIT.key}` }),
      body,
    },
    expect.objectContaining({
      body: {
        ...body,
        status_code: 200,
        response_time_ms: 1.5,
        compute_ms: 1,
        model_id: 'a',
        idempotency_key: 'mine',
      },
    }),
  ]);
});

test('tells that a debit would exceed the monthly limit', async () => {
  const { auth } = await authOf({
    status: 402,
    body: {
      type: 'about:blank',
      title: 'Payment Required',
      status: 402,
      detail: { error: 'monthly_limit_exceeded', message: 'Monthly prediction limit exceeded' },
    },
  });
  expect(await auth.debit(DEBIT)).toEqual({
    debited: false,
    status: 402,
    code: 'monthly_limit_exceeded',
    error: 'Monthly prediction limit exceeded',
  });
});

test('debits once when the connection breaks: both requests have the same idempotency key', async () => {
  const { auth, received } = await authOf('cut', debited(7));
  await auth.debit(DEBIT);
  const [first, second] = received.map(({ body }) => body.idempotency_key);
  expect(first).toBe(second);
});

test.each([
  [400, 'response_time_ms: must be a number from 0 to 1000000000'],
  [401, 'Invalid authentication credentials'],
  [404, 'API key not found'],
  [422, 'idempotency_key has been used with another report'],
])('throws AuthRejected for %d, with the detail of the service', async (status, detail) => {
  const { auth } = await authOf({ status, body: { type: 'about:blank', status, detail } });
  const error = await auth.debit(DEBIT).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AuthRejected);
  expect([error.name, error.message, error.status]).toEqual(['AuthRejected', detail, status]);
});

test('throws AuthRejected for a key that a header cannot carry, and does not name it', async () => {
  const { auth, received } = await authOf();
  const error = await auth.debit({ ...DEBIT, key: 'hk\nlive' }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AuthRejected);
  expect(error.message).toBe('The key is malformed');
  expect(received).toEqual([]);
});

test.each([undefined, Number.NaN, -1, 1.5])('rejects a debit of %p predictions', async (count) => {
  const { auth, received } = await authOf();
  const predictionsCount = count as number;
  const error = await auth.debit({ ...DEBIT, predictionsCount }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AuthRejected);
  expect(error.message).toBe('A number of the debit is missing or invalid');
  expect(received).toEqual([]);
});

test.each([
  ['503', { status: 503, body: {} }],
  ['the throttle of the gateway', { status: 429, body: { message: 'Too Many Requests' } }],
  ['a redirection', { status: 302, body: {} }],
  ['a page of a proxy', { status: 200, body: '<html>' }],
  ['another JSON object', { status: 200, body: {} }],
  ['a 402 of a proxy', { status: 402, body: {} }],
  ['a 402 without detail', { status: 402, body: { detail: null } }],
  ['a 402 with another detail', { status: 402, body: { detail: { reason: 'quota' } } }],
  ['a 404 of a proxy', { status: 404, body: '<html>' }],
])('throws AuthUnavailable for %s', async (_, answer) => {
  const { auth } = await authOf(answer);
  const error = await auth.debit(DEBIT).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AuthUnavailable);
  expect(error.status).toBe(answer.status);
});
