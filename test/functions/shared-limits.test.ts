import { beforeEach, expect, test } from '@jest/globals';
import { HOUR_MS } from '../../lib/domain/time.ts';
import { NOW, useService } from '../support/service.ts';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

const WEEK = { grace_period_minutes: 10_080 };

async function rotate(keyId: string, body?: object) {
  const answer = await service.call('POST', `/api/v1/keys/${keyId}/rotate`, { body });
  expect(answer.status).toBe(200);
  return answer.body as { api_key: string; key_id: string };
}

/** Calls with the keys in turn and returns the number of accepted calls. */
async function accepted(calls: number, ...apiKeys: string[]): Promise<number> {
  let count = 0;
  for (let i = 0; i < calls; i++) {
    const { status, body } = await service.validate(apiKeys[i % apiKeys.length] ?? '');
    expect([200, 429]).toContain(status);
    if (status === 200) {
      count++;
      expect(body.rate_limit.remaining).toBeLessThan(10);
    }
  }
  return count;
}

async function debit(keyId: string, predictions_count: number, bearer?: string) {
  const { status, body } = await service.call('POST', `/api/v1/usage/${keyId}/debit`, {
    body: {
      service_id: 'prediction',
      endpoint: '/v1/predict',
      status_code: 0,
      response_time_ms: 0,
      predictions_count,
    },
    ...(bearer && { headers: { authorization: `Bearer ${bearer}` } }),
  });
  return status === 200 ? body.remaining : status;
}

test('shares the hourly limit of a rotated key with its successor, in the grace period and after it', async () => {
  const old = await service.create({ rate_limit_per_hour: 10 });
  expect(await accepted(4, old.api_key)).toBe(4);
  const next = await rotate(old.key_id, WEEK);
  expect(await accepted(20, old.api_key, next.api_key)).toBe(6);
  service.clock.now = new Date(NOW.getTime() + HOUR_MS);
  expect(await accepted(20, next.api_key, old.api_key)).toBe(10);
  await service.call('DELETE', `/api/v1/keys/${old.key_id}`);
  service.clock.now = new Date(NOW.getTime() + 2 * HOUR_MS);
  expect(await accepted(20, next.api_key)).toBe(10);
});

test('calls a key revoked in its grace period revoked, although its limit is reached', async () => {
  const old = await service.create({ rate_limit_per_hour: 10, scopes: ['read'] });
  expect(await accepted(10, old.api_key)).toBe(10);
  await rotate(old.key_id, WEEK);
  // Before a key is refused it is read again.
  await service.validate(old.api_key, { required_scope: 'write' });
  await service.alter(old.key_id, 'revoked_at', NOW.toISOString());
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
});

test('passes the hourly count of a key rotated without a grace period to its successor', async () => {
  const old = await service.create({ rate_limit_per_hour: 10 });
  expect(await accepted(7, old.api_key)).toBe(7);
  const next = await rotate(old.key_id);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => service.validate(next.api_key)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
});

test('shares one hourly limit among keys rotated repeatedly within their grace periods', async () => {
  const first = await service.create({ rate_limit_per_hour: 10 });
  expect(await accepted(1, first.api_key)).toBe(1);
  const second = await rotate(first.key_id, WEEK);
  expect(await accepted(2, first.api_key, second.api_key)).toBe(2);
  const third = await rotate(second.key_id, WEEK);
  const fourth = await rotate(third.key_id, WEEK);
  const keys = [first, second, third, fourth].map(({ api_key }) => api_key);
  expect(await accepted(24, ...keys)).toBe(7);
});

test('passes the monthly count to the successor, and debits both from the rest', async () => {
  const old = await service.create({ monthly_prediction_limit: 10 });
  expect(await debit(old.key_id, 4)).toBe(6);
  const next = await rotate(old.key_id, WEEK);
  expect(await debit(next.key_id, 1)).toBe(5);
  expect(await debit(old.key_id, 1, old.api_key)).toBe(4);
  expect(await debit(next.key_id, 5)).toBe(402);
  expect(await debit(old.key_id, 4)).toBe(0);
  for (const { api_key } of [old, next]) {
    expect((await service.validate(api_key)).body.code).toBe('monthly_limit_exceeded');
  }
});

test('rejects a key that is narrowed or revoked in its grace period at once', async () => {
  const old = await service.create({ scopes: ['read'] });
  await rotate(old.key_id, WEEK);
  const read = () => service.validate(old.api_key, { required_scope: 'read' });
  expect((await read()).status).toBe(200);
  await service.call('PATCH', `/api/v1/keys/${old.key_id}`, { body: { scopes: ['write'] } });
  expect((await read()).body.code).toBe('insufficient_scope');
  expect((await service.validate(old.api_key)).status).toBe(200);
  await service.call('DELETE', `/api/v1/keys/${old.key_id}`);
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
});

test('debits a key in its grace period by its current limit, and rejects it once it is revoked', async () => {
  const old = await service.create({ monthly_prediction_limit: 10 });
  await rotate(old.key_id, WEEK);
  const path = `/api/v1/keys/${old.key_id}`;
  expect(await debit(old.key_id, 3, old.api_key)).toBe(7);
  await service.call('PATCH', path, { body: { monthly_prediction_limit: 5 } });
  expect(await debit(old.key_id, 3, old.api_key)).toBe(402);
  expect(await debit(old.key_id, 1, old.api_key)).toBe(1);
  await service.call('DELETE', path);
  expect(await debit(old.key_id, 1, old.api_key)).toBe(401);
});

test('makes one more request for a key in its grace period, and shows its last use', async () => {
  const old = await service.create();
  const next = await rotate(old.key_id, WEEK);
  for (const { api_key } of [old, next]) await service.validate(api_key);
  service.clock.now = new Date(NOW.getTime() + 1000);
  service.dynamodb.actions.length = 0;
  expect((await service.validate(old.api_key)).status).toBe(200);
  expect(service.dynamodb.actions).toEqual(['UpdateItem', 'UpdateItem']);
  const { body } = await service.call('GET', `/api/v1/keys/${old.key_id}`);
  expect(body.last_used_at).toBe('2026-11-23T18:30:01.000Z');
});

const record = (keyId: string, predictions_count: number) =>
  service.call('POST', `/api/v1/usage/${keyId}`, {
    body: {
      service_id: 'prediction',
      endpoint: '/v1/predict',
      status_code: 200,
      response_time_ms: 1,
      predictions_count,
    },
  });

test('counts the reports of a rotated key against the limit of its successor', async () => {
  const old = await service.create({ monthly_prediction_limit: 10 });
  const next = await rotate(old.key_id);
  expect((await service.validate(next.api_key)).status).toBe(200);
  expect((await record(old.key_id, 5)).status).toBe(200);
  expect((await service.validate(next.api_key)).status).toBe(200);
  expect((await record(next.key_id, 5)).status).toBe(200);
  expect((await service.validate(next.api_key)).status).toBe(429);
  await service.drain();
  for (const { key_id } of [old, next]) {
    const { body } = await service.call('GET', `/api/v1/usage/${key_id}/stats`);
    expect(body.total_predictions).toBe(5);
  }
});

test('charges the overage of a shared limit once', async () => {
  const old = await service.create({ monthly_prediction_limit: 10 });
  const charges = async (...keyIds: string[]) => {
    await service.drain();
    const bills = await Promise.all(
      keyIds.map((keyId) => service.call('GET', `/api/v1/usage/${keyId}/billing`)),
    );
    return bills.map(({ body }) => body.overage_charges);
  };
  await record(old.key_id, 8);
  const next = await rotate(old.key_id, WEEK);
  await record(next.key_id, 7);
  const last = await rotate(next.key_id);
  await record(last.key_id, 1);
  const keyIds = [old, next, last].map(({ key_id }) => key_id);
  expect(await charges(...keyIds)).toEqual([0, 0.005, 0.001]);
  // The usage of this month does not count in the next.
  service.clock.now = new Date('2026-12-20T00:00:00.000Z');
  await record(last.key_id, 11);
  expect(await charges(...keyIds)).toEqual([0, 0, 0.001]);
  // A predecessor that could not report in the month ends the search for its usage.
  service.dynamodb.actions.length = 0;
  await service.call('GET', `/api/v1/usage/${last.key_id}/billing`);
  expect(service.dynamodb.actions.sort()).toEqual(['GetItem', 'GetItem', 'Query', 'Query']);
  await service.remove(old.key_id);
  expect(await charges(next.key_id)).toEqual([0]);
});
