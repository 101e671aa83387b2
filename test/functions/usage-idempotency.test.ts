import { describe, expect, test } from '@jest/globals';
import { invalid, NOW, problem } from '../support/service.ts';
import { as, debited, ok, overLimit, useUsage } from '../support/usage-requests.ts';

const { service, record, debit, stats, everything } = useUsage();
const reused = problem(
  422,
  'Unprocessable Entity',
  'idempotency_key has been used with another report',
);

describe.each([
  ['record-usage', record],
  ['debit-usage', debit],
])('%s', (name, send) => {
  const once = { idempotency_key: 'report-1' };

  test('counts a report once, whoever sends it and however often', async () => {
    const { key_id, api_key } = await service.create();
    const all = await Promise.all([
      ...Array.from({ length: 10 }, () => send(key_id, once)),
      ...Array.from({ length: 10 }, () => send(key_id, once, as(api_key))),
    ]);
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200));
    service.clock.now = new Date(NOW.getTime() + 24 * 3_600_000);
    expect((await send(key_id, once)).status).toBe(200);
    expect((await stats(key_id)).body).toMatchObject({ total_requests: 1, total_predictions: 3 });
  });

  test('counts a report once that is sent again after its answer was lost', async () => {
    const { key_id } = await service.create();
    service.dynamodb.mode = 'lose-answer';
    await send(key_id, once);
    service.dynamodb.mode = 'pass';
    expect((await send(key_id, once)).status).toBe(200);
    expect((await stats(key_id)).body.total_requests).toBe(1);
  });

  const other = name === 'record-usage' ? debit : record;
  test.each<[string, typeof send, object]>([
    ['service', send, { service_id: 'platform' }],
    ['endpoint', send, { endpoint: '/v2' }],
    ['number of predictions', send, { predictions_count: 4 }],
    ['kind of report', other, {}],
  ])(
    'rejects a used key with another %s with 422 and counts nothing',
    async (_, again, changes) => {
      const { key_id } = await service.create();
      await send(key_id, once);
      const before = await everything(key_id);
      expect(await again(key_id, { ...once, ...changes })).toEqual(reused);
      expect(await everything(key_id)).toEqual(before);
    },
  );

  test.each([{ status_code: 500 }, { response_time_ms: 13 }, { compute_ms: 8 }, { model_id: 'm' }])(
    'accepts a repeat that differs in %j and counts nothing for it',
    async (measured) => {
      const { key_id } = await service.create();
      const { body } = await send(key_id, once);
      expect(await send(key_id, { ...once, ...measured })).toEqual(ok(body));
      expect((await stats(key_id)).body).toMatchObject({
        total_requests: 1,
        total_compute_ms: 7,
        error_rate: 0,
      });
    },
  );

  test('counts the same idempotency key once for each API key', async () => {
    for (const { key_id } of [await service.create(), await service.create()]) {
      await send(key_id, once);
      expect((await stats(key_id)).body.total_requests).toBe(1);
    }
  });
});

test('accepts the repeat of a counted debit when the limit is reached', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 6, idempotency_key: 'one' };
  expect((await debit(key_id, once)).body.remaining).toBe(4);
  expect((await debit(key_id, { predictions_count: 4 })).body.remaining).toBe(0);
  expect(await debit(key_id, once)).toEqual(debited(0));
  await service.call('PATCH', `/api/v1/keys/${key_id}`, {
    body: { monthly_prediction_limit: 5 },
  });
  expect((await debit(key_id, once)).status).toBe(200);
  expect((await stats(key_id)).body.total_predictions).toBe(10);
});

test('rejects a revoked key although its report was counted before', async () => {
  const { key_id, api_key } = await service.create();
  const counted = { idempotency_key: 'counted' };
  expect((await record(key_id, counted, as(api_key))).status).toBe(200);
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  service.clock.now = new Date(NOW.getTime() + 10 * 60_000);
  for (const changes of [counted, { ...counted, endpoint: '/other' }, counted]) {
    expect(await record(key_id, changes, as(api_key))).toEqual(invalid);
  }
  expect((await record(key_id, counted)).status).toBe(200);
});

test('does not treat a log entry as a repeat whose answer was lost', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  service.dynamodb.loseOnce = /^PutItem/;
  const first = await debit(key_id, { predictions_count: 6, idempotency_key: 'once' });
  expect(first).toEqual(debited(4));
  expect(service.dynamodb.loseOnce).toBeUndefined();
  expect(await debit(key_id, { predictions_count: 5 })).toEqual(overLimit);
});

test('takes a repeat off the counter once although the answer was lost', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  await debit(key_id, once);
  service.dynamodb.loseOnce = /^UpdateItem .*"N":"-4"/;
  // The counter may be too high, never too low.
  expect((await debit(key_id, once)).body.remaining).toBe(2);
  expect(service.dynamodb.loseOnce).toBeUndefined();
  expect((await debit(key_id, { predictions_count: 6 })).body.remaining).toBe(0);
  expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
});

test('leaves the counter too high, never too low, when a log entry may have been written', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  service.dynamodb.mode = 'cut-puts';
  expect((await debit(key_id, once)).status).toBe(503);
  service.dynamodb.mode = 'pass';
  expect(await debit(key_id, once)).toEqual(debited(2));
  expect((await stats(key_id)).body).toMatchObject({ total_requests: 1, total_predictions: 4 });
  expect((await service.validate(api_key)).status).toBe(200);
});

test('counts nothing for a report whose log entry was refused, however often it is sent', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  service.dynamodb.mode = 'throttle-puts';
  for (let i = 0; i < 3; i++) expect((await debit(key_id, once)).status).toBe(503);
  service.dynamodb.mode = 'pass';
  expect((await debit(key_id, once)).body.remaining).toBe(6);
  expect((await debit(key_id, { predictions_count: 6 })).body.remaining).toBe(0);
  expect((await service.validate(api_key)).body.code).toBe('monthly_limit_exceeded');
});
