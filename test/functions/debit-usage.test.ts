import { expect, test } from '@jest/globals';
import { logLines } from '../support/log-lines.ts';
import { NOW, problem } from '../support/service.ts';
import { as, debited, overLimit, recorded, useUsage } from '../support/usage-requests.ts';

const { service, record, debit, stats, everything } = useUsage();

test('counts a debit with status 0, before the request is served, and no error for it', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  expect(await debit(key_id, { status_code: 0, response_time_ms: 0 })).toEqual(debited(7));
  expect(await record(key_id, { status_code: 0, response_time_ms: 0 })).toEqual(recorded);
  const { body } = await service.usage(`/${key_id}/stats`);
  expect(body).toMatchObject({ total_requests: 2, total_predictions: 6, error_rate: 0 });
});

test('returns the remaining predictions, and counts nothing for a debit that is too large', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  expect(await debit(key_id, { predictions_count: 7 })).toEqual(debited(3));
  const before = await everything(key_id);
  expect(await debit(key_id, { predictions_count: 4 })).toEqual(overLimit);
  expect(await debit(key_id, { predictions_count: 11 })).toEqual(overLimit);
  expect(await everything(key_id)).toEqual(before);
  expect(await debit(key_id, { predictions_count: 3 })).toEqual(debited(0));
  expect(await debit(key_id, { predictions_count: 0 })).toEqual(debited(0));
  expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
});

test('rejects a first debit beyond the limit with 402 and counts nothing', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  expect(await debit(key_id, { predictions_count: 11 })).toEqual(overLimit);
  expect((await stats(key_id)).body.total_requests).toBe(0);
});

test('accepts a debit of zero predictions when the limit is passed', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 5 });
  await record(key_id, { predictions_count: 6 });
  expect((await debit(key_id, { predictions_count: 0 })).body.remaining).toBe(0);
  expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
  expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
});

test('makes validation refuse the key from the limit until the month turns', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
  expect((await service.validate(api_key)).status).toBe(200);
  await debit(key_id, { predictions_count: 9 });
  expect((await service.validate(api_key)).status).toBe(200);
  await debit(key_id, { predictions_count: 1 });
  const refused = await service.validate(api_key);
  expect(refused).toMatchObject({ status: 429, body: { code: 'monthly_limit_exceeded' } });
  expect(refused.headers['retry-after']).toBe(String(7 * 86_400 + 5.5 * 3600));
  service.clock.now = new Date('2026-11-30T23:59:59.999Z');
  expect((await service.validate(api_key)).status).toBe(429);
  service.clock.now = new Date('2026-12-01T00:00:00.000Z');
  expect((await service.validate(api_key)).status).toBe(200);
  expect((await debit(key_id, { predictions_count: 10 })).body.remaining).toBe(0);
});

test.each([{ monthly_prediction_limit: 12 }, { overage_allowed: true }])(
  'lets validation and debits go on after a PATCH of %j',
  async (body) => {
    const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
    await debit(key_id, { predictions_count: 10 });
    expect((await service.validate(api_key)).status).toBe(429);
    expect((await debit(key_id, { predictions_count: 1 })).status).toBe(402);
    await service.call('PATCH', `/api/v1/keys/${key_id}`, { body });
    expect((await debit(key_id, { predictions_count: 1 })).status).toBe(200);
    service.clock.now = new Date(NOW.getTime() + 1000);
    expect((await service.validate(api_key)).status).toBe(200);
    expect((await debit(key_id, { predictions_count: 1 })).status).toBe(200);
  },
);

test('applies a PATCH that narrows the limit to the next debit and the next validation', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 100 });
  await debit(key_id, { predictions_count: 10 });
  await service.call('PATCH', `/api/v1/keys/${key_id}`, {
    body: { monthly_prediction_limit: 10 },
  });
  expect((await debit(key_id, { predictions_count: 1 })).status).toBe(402);
  expect((await service.validate(api_key)).status).toBe(429);
});

test('makes two plain writes for a record and for a debit', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 1000 });
  const requestsOf = async (work: () => Promise<{ status: number }>, status = 200) => {
    service.dynamodb.actions.length = 0;
    expect((await work()).status).toBe(status);
    return [...service.dynamodb.actions];
  };
  const once = { idempotency_key: 'once' };
  expect(await requestsOf(() => record(key_id))).toEqual(['UpdateItem', 'PutItem']);
  expect(await requestsOf(() => record(key_id, {}, as(api_key)))).toEqual([
    'GetItem',
    'UpdateItem',
    'PutItem',
  ]);
  expect(await requestsOf(() => record(key_id, {}, as(api_key)))).toEqual([
    'UpdateItem',
    'PutItem',
  ]);
  expect(await requestsOf(() => debit(key_id, once))).toEqual(['UpdateItem', 'PutItem']);
  // A repeat takes its addition back; a refused debit checks whether it is a repeat.
  expect(await requestsOf(() => debit(key_id, once))).toEqual([
    'UpdateItem',
    'PutItem',
    'UpdateItem',
  ]);
  const nothing = { predictions_count: 0, idempotency_key: 'nothing' };
  for (const _ of ['once', 'again']) {
    expect(await requestsOf(() => debit(key_id, nothing))).toEqual(['UpdateItem', 'PutItem']);
  }
  const tooMuch = { predictions_count: 1000 };
  expect(await requestsOf(() => debit(key_id, tooMuch), 402)).toEqual(['UpdateItem', 'GetItem']);
});

test('decides again while the key changes before each write, and gives up after five times', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  const changeBeforeWrites = (times: number) => {
    let left = times;
    const change = async () => {
      if (service.dynamodb.inputs.at(-1)?.action !== 'UpdateItem' || left === 0) return;
      service.dynamodb.before = undefined;
      await service.alter(key_id, 'name', `${--left}`);
      service.dynamodb.before = change;
    };
    service.dynamodb.before = change;
  };
  changeBeforeWrites(4);
  expect(await debit(key_id)).toEqual(debited(7));
  changeBeforeWrites(5);
  const lines = await logLines(async () =>
    expect(await debit(key_id)).toEqual(
      problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
    ),
  );
  expect(JSON.stringify(lines)).toContain('the key kept changing');
  expect(await debit(key_id)).toEqual(debited(4));
});
