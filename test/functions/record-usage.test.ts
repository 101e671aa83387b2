import { expect, test } from '@jest/globals';
import { invalid, NOW, problem } from '../support/service.ts';
import {
  as,
  badField,
  recorded,
  TEN_MINUTES_MS,
  USAGE,
  useUsage,
} from '../support/usage-requests.ts';

const { service, record, debit, stats, billing } = useUsage();

const topEndpoints = async (keyId: string) => (await stats(keyId)).body.top_endpoints;

test('writes a log entry that is kept for 70 days', async () => {
  const { key_id } = await service.create();
  await record(key_id, { idempotency_key: 'kept', model_id: 'a model' });
  const { predictions_count, ...usage } = USAGE;
  expect(await service.usageItems(`log#${key_id}`)).toEqual([
    {
      pk: `log#${key_id}`,
      sk: 'report#kept',
      charge: 'record',
      at: NOW.toISOString(),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...usage,
      predictions_count,
      model_id: 'a model',
      delete_after: NOW.getTime() / 1000 + 70 * 86_400,
    },
  ]);
});

test('counts a record past the monthly limit, and a debit where overage is allowed', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  expect(await record(key_id, { predictions_count: 25 })).toEqual(recorded);
  const open = await service.create({ monthly_prediction_limit: 10, overage_allowed: true });
  expect((await debit(open.key_id, { predictions_count: 25 })).body.remaining).toBe(0);
  for (const keyId of [key_id, open.key_id]) {
    expect((await billing(keyId)).body.overage_charges).toBe(0.015);
  }
});

test.each([-1, 1, 99, 600, 0.5, '0', false])('rejects the status code %j', async (status_code) => {
  const { key_id } = await service.create();
  const message = 'must be 0 or a whole number from 100 to 599';
  const errors = [{ field: 'status_code', message }];
  expect(await record(key_id, { status_code })).toEqual(
    problem(400, 'Bad Request', `status_code: ${message}`, { errors }),
  );
});

test.each([
  ['200 characters', `/${'x'.repeat(199)}`, `/${'x'.repeat(199)}`],
  ['201 characters', `/${'x'.repeat(200)}`, `/${'x'.repeat(199)}`],
  ['2,048 characters', `/${'x'.repeat(2047)}`, `/${'x'.repeat(199)}`],
  ['2,048 surrogate pairs', '😀'.repeat(2048), '😀'.repeat(200)],
  ['a surrogate pair at the cut', `${'x'.repeat(199)}😀😀`, `${'x'.repeat(199)}😀`],
])('accepts an endpoint of %s and keeps its first 200 characters', async (_, endpoint, kept) => {
  const { key_id } = await service.create();
  expect(await record(key_id, { endpoint })).toEqual(recorded);
  expect(await topEndpoints(key_id)).toEqual([{ endpoint: kept, count: 1 }]);
});

test('counts endpoints with the same first 200 characters as one', async () => {
  const { key_id } = await service.create();
  for (const end of ['a', 'b']) await record(key_id, { endpoint: 'x'.repeat(200) + end });
  expect(await topEndpoints(key_id)).toEqual([{ endpoint: 'x'.repeat(200), count: 2 }]);
});

test('rejects an endpoint with an API key after its first 200 characters', async () => {
  const { key_id } = await service.create();
  const message = 'must not contain an API key or token';
  const endpoint = `${'x'.repeat(300)}hk_live_${'a'.repeat(32)}`;
  expect(await record(key_id, { endpoint })).toEqual(badField('endpoint', message));
});

test('lets a revoked key record for ten minutes, but not debit', async () => {
  const { key_id, api_key } = await service.create();
  await debit(key_id, {}, as(api_key));
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  expect(await debit(key_id, {}, as(api_key))).toEqual(invalid);
  service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS - 1);
  expect(await record(key_id, {}, as(api_key))).toEqual(recorded);
  expect(await debit(key_id, {}, as(api_key))).toEqual(invalid);
  service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS);
  expect(await record(key_id, {}, as(api_key))).toEqual(invalid);
  expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
});

test('lets a rotated key record, only for itself, until ten minutes after its grace period', async () => {
  const old = await service.create();
  const { body } = await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`, {
    body: { grace_period_minutes: 10 },
  });
  expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(200);
  expect((await debit(old.key_id, {}, as(old.api_key))).status).toBe(200);
  expect((await record(body.key_id, {}, as(old.api_key))).status).toBe(401);
  service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS);
  expect((await debit(old.key_id, {}, as(old.api_key))).status).toBe(401);
  expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(200);
  service.clock.now = new Date(NOW.getTime() + 2 * TEN_MINUTES_MS);
  expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(401);
  expect((await record(body.key_id, {}, as(body.api_key))).status).toBe(200);
  expect((await stats(old.key_id)).body.total_requests).toBe(3);
  expect((await stats(body.key_id)).body.total_requests).toBe(1);
});

test('rejects an expired key before it reads the body, and accepts it again once it is extended', async () => {
  const { key_id, api_key } = await service.create({ expires_in_days: 1 });
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
  service.clock.now = new Date(NOW.getTime() + 2 * 86_400_000);
  expect(await record(key_id, { status_code: 'odd' }, as(api_key))).toEqual(invalid);
  await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { expires_in_days: 1 } });
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
});

test('rejects a key of an environment that is not served', async () => {
  const { key_id, api_key } = await service.create({ environment: 'test' });
  const { KEY_ENVIRONMENTS } = process.env;
  process.env.KEY_ENVIRONMENTS = 'production';
  expect(await record(key_id, {}, as(api_key))).toEqual(invalid);
  process.env.KEY_ENVIRONMENTS = KEY_ENVIRONMENTS;
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
});
