import { beforeEach, expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../lib/domain/time.ts';
import { NOW, notAuthenticated, problem, useService } from '../support/service.ts';
import { USAGE } from '../support/usage-requests.ts';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

interface Key {
  readonly api_key: string;
  readonly key_id: string;
}

const at = ({ key_id }: Key) => `/api/v1/keys/${key_id}`;
const suspend = async (key: Key, suspended = true) => {
  const answer = await service.call('PATCH', at(key), { body: { suspended } });
  expect(answer.status).toBe(200);
};
const report = (key: Key, path = '') =>
  service.call('POST', `/api/v1/usage/${key.key_id}${path}`, {
    body: USAGE,
    headers: { authorization: `Bearer ${key.api_key}` },
  });

test('refuses a suspended key exactly like a revoked one, and accepts it once it is resumed', async () => {
  const [suspended, revoked] = [await service.create(), await service.create()];
  for (const { api_key } of [suspended, revoked]) await service.validate(api_key);
  await suspend(suspended);
  await service.call('DELETE', at(revoked));
  const answers = await Promise.all(
    [suspended, revoked].map(({ api_key }) => service.validate(api_key)),
  );
  const [one, other] = answers.map(({ status, body }) => ({ status, body }));
  expect(one).toEqual(other);
  expect(one).toMatchObject({ status: 401, body: { code: 'revoked' } });
  await suspend(suspended, false);
  expect((await service.validate(suspended.api_key)).status).toBe(200);
});

test('refuses a suspended key also when the clock runs behind', async () => {
  const key = await service.create();
  await service.validate(key.api_key);
  await suspend(key);
  service.clock.now = new Date(NOW.getTime() - 5000);
  expect((await service.validate(key.api_key)).body.code).toBe('revoked');
});

test('a rotation does not end a suspension, and the successor can be resumed', async () => {
  const old = await service.create();
  await suspend(old);
  service.clock.now = new Date(NOW.getTime() + MINUTE_MS);
  const { status, body: next } = await service.call('POST', `${at(old)}/rotate`, {
    body: { grace_period_minutes: 10 },
  });
  expect([status, next.key_info.suspended_at]).toEqual([200, service.clock.now.toISOString()]);
  for (const { api_key } of [old, next]) {
    expect((await service.validate(api_key)).body.code).toBe('revoked');
  }
  await suspend(next, false);
  expect((await service.validate(next.api_key)).status).toBe(200);
  expect((await service.validate(old.api_key)).body.code).toBe('revoked');
});

test('a suspension that comes between the read and the write of a rotation passes on', async () => {
  const old = await service.create();
  let suspending: Promise<void> | undefined;
  service.dynamodb.before = async () => {
    if (service.dynamodb.inputs.at(-1)?.action !== 'TransactWriteItems' || suspending) return;
    service.dynamodb.before = undefined;
    suspending = suspend(old);
    await suspending;
  };
  const { status, body: next } = await service.call('POST', `${at(old)}/rotate`);
  expect([status, next.key_info.suspended_at]).toEqual([200, NOW.toISOString()]);
  expect((await service.validate(next.api_key)).body.code).toBe('revoked');
});

test('a suspended key can be changed and revoked for good', async () => {
  const key = await service.create();
  await suspend(key);
  const patched = await service.call('PATCH', at(key), { body: { scopes: ['read'] } });
  expect(patched).toMatchObject({ status: 200, body: { is_active: false, scopes: ['read'] } });
  expect((await service.call('DELETE', at(key))).status).toBe(200);
  expect(await service.call('PATCH', at(key), { body: { suspended: false } })).toEqual(
    problem(409, 'Conflict', 'API key has been rotated or revoked and cannot be changed'),
  );
  expect((await service.validate(key.api_key)).body.code).toBe('revoked');
});

test('takes records of a suspended key for ten minutes, and no debits', async () => {
  const key = await service.create({ monthly_prediction_limit: 100 });
  await suspend(key);
  const refused = problem(401, 'Unauthorized', 'Invalid authentication credentials');
  expect(await report(key, '/debit')).toEqual(refused);
  service.clock.now = new Date(NOW.getTime() + 10 * MINUTE_MS - 1);
  expect((await report(key)).status).toBe(200);
  service.clock.now = new Date(NOW.getTime() + 10 * MINUTE_MS);
  expect(await report(key)).toEqual(refused);
  await suspend(key, false);
  expect((await report(key, '/debit')).status).toBe(200);
});

test('writes a suspension and its end to the audit trail', async () => {
  const key = await service.create();
  for (const suspended of [true, true, false]) {
    service.clock.now = new Date(service.clock.now.getTime() + 1000);
    await suspend(key, suspended);
  }
  const [ended, again, suspended] = await service.trail(key.key_id);
  const since = new Date(NOW.getTime() + 1000).toISOString();
  expect(suspended.changes).toEqual([{ field: 'suspended_at', old: null, new: since }]);
  expect(again.changes).toEqual([]);
  expect(ended.changes).toEqual([{ field: 'suspended_at', old: since, new: null }]);
});

test('does not suspend without the admin token', async () => {
  const key = await service.create();
  const options = { body: { suspended: true }, admin: false };
  expect(await service.call('PATCH', at(key), options)).toEqual(notAuthenticated);
  expect((await service.validate(key.api_key)).status).toBe(200);
});
