import { expect, test } from '@jest/globals';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const service = useService();

const patch = (keyId: string, body: unknown) =>
  service.call('PATCH', `/api/v1/keys/${keyId}`, { body });

test('changes every field in one request', async () => {
  const { key_id, key_info } = await service.create({ expires_in_days: 10, scopes: ['read'] });
  const changes = {
    name: 'renamed',
    scopes: ['write'],
    allowed_ips: ['10.0.0.0/8'],
    rate_limit_per_hour: 50,
    monthly_prediction_limit: 7,
    overage_allowed: true,
    billing_plan: 'pro',
    use_case: 'batch',
  };
  const expected = { ...key_info, ...changes, expires_at: '2027-11-23T18:30:00.000Z' };
  expect(await patch(key_id, { ...changes, expires_in_days: 365 })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: expected,
  });
  expect((await service.call('GET', `/api/v1/keys/${key_id}`)).body).toEqual(expected);
});

test('changes nothing for null, and accepts any address after an empty allowlist', async () => {
  const { key_id, key_info } = await service.create({ allowed_ips: ['10.0.0.1'], name: 'x' });
  const { body } = await patch(key_id, { allowed_ips: null, name: 'y' });
  expect(body).toEqual({ ...key_info, name: 'y' });
  expect((await patch(key_id, { allowed_ips: [] })).body).toEqual({ ...body, allowed_ips: null });
});

test('changes the use case without the limit, and keeps it for null', async () => {
  const { key_id, key_info } = await service.create({ use_case: 'internal' });
  const expected = { ...key_info, use_case: 'development', rate_limit_per_hour: 50_000 };
  expect((await patch(key_id, { use_case: 'development' })).body).toEqual(expected);
  const { body } = await patch(key_id, { use_case: null, name: 'y' });
  expect(body).toEqual({ ...expected, name: 'y' });
});

test('suspends a key since the first time, and resumes it', async () => {
  const { key_id, key_info } = await service.create();
  const suspended = { ...key_info, is_active: false, suspended_at: NOW.toISOString() };
  for (const body of [{ suspended: true }, { suspended: true }, { name: key_info.name }]) {
    expect(await patch(key_id, body)).toEqual({
      status: 200,
      headers: COMMON_HEADERS,
      body: suspended,
    });
    service.clock.now = new Date(service.clock.now.getTime() + 1000);
  }
  for (const _ of ['once', 'again']) {
    expect((await patch(key_id, { suspended: false })).body).toEqual(key_info);
  }
  service.clock.now = NOW;
});

test.each([
  ['scopes', { scopes: ['write'] }, { required_scope: 'read' }, 'insufficient_scope'],
  ['allowlist', { allowed_ips: ['10.0.0.1'] }, { client_ip: '10.0.0.2' }, 'ip_not_allowed'],
])('applies a narrower %s to the next validation', async (_, changes, asked, code) => {
  const { api_key, key_id } = await service.create();
  expect((await service.validate(api_key, asked)).status).toBe(200);
  await patch(key_id, changes);
  expect(await service.validate(api_key, asked)).toMatchObject({ status: 401, body: { code } });
});

test('accepts the next validation after a reached limit is lifted', async () => {
  const { api_key, key_id } = await service.create({ rate_limit_per_hour: 10 });
  for (let i = 0; i < 10; i++) await service.validate(api_key);
  expect((await service.validate(api_key)).status).toBe(429);
  const patching = patch(key_id, { rate_limit_per_hour: 11 });
  // The test's clock stands still; a real one has moved on by now.
  service.clock.now = new Date(service.clock.now.getTime() + 1000);
  expect((await patching).status).toBe(200);
  expect((await service.validate(api_key)).body.rate_limit.remaining).toBe(0);
});

test('accepts an expired key again after a new expiry', async () => {
  const { api_key, key_id } = await service.create();
  await service.alter(key_id, 'expires_at', '2026-01-01T00:00:00.000Z');
  expect((await service.validate(api_key)).body.code).toBe('expired');
  await patch(key_id, { expires_in_days: 1 });
  expect((await service.validate(api_key)).status).toBe(200);
});

test('makes a change once that was made by an attempt whose answer was lost', async () => {
  const { key_id } = await service.create();
  service.dynamodb.before = async () => {
    if (service.dynamodb.inputs.at(-1)?.action !== 'TransactWriteItems') return;
    service.dynamodb.before = undefined;
    await service.alter(key_id, 'name', 'changed');
  };
  const { status, body } = await service.call('PATCH', `/api/v1/keys/${key_id}`, {
    body: { name: 'changed' },
  });
  expect([status, body.name]).toEqual([200, 'changed']);
  expect(await service.item(key_id)).toMatchObject({ version: 2 });
});

test('responds with 404 to the change of a key that an operator removes meanwhile', async () => {
  const { key_id } = await service.create();
  service.dynamodb.actions.length = 0;
  service.dynamodb.before = async () => {
    if (service.dynamodb.actions.at(-2) === 'TransactWriteItems') await service.remove(key_id);
  };
  expect(await patch(key_id, { name: 'x' })).toEqual(
    problem(404, 'Not Found', 'API key not found'),
  );
  service.dynamodb.before = undefined;
});

test('rejects a change of a revoked key', async () => {
  const { key_id } = await service.create();
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  expect(await patch(key_id, { name: 'x' })).toEqual(
    problem(409, 'Conflict', 'API key has been rotated or revoked and cannot be changed'),
  );
});

const nothing =
  'changes nothing; give at least one of name, scopes, allowed_ips, rate_limit_per_hour, monthly_prediction_limit, overage_allowed, billing_plan, use_case, expires_in_days, suspended; null is the same as leaving a field out';

test.each([
  ['body', undefined, nothing],
  ['body', {}, nothing],
  ['body', { name: null }, nothing],
  ['body', [], 'must be a JSON object'],
  ['service_id', { service_id: 'website' }, 'is not a field of this request'],
  ['environment', { environment: 'test' }, 'is not a field of this request'],
  ['user_id', { user_id: 'x' }, 'is not a field of this request'],
  ['revoked_at', { revoked_at: 'now', name: 'x' }, 'is not a field of this request'],
  ['use_case', { use_case: 'Batch' }, 'must be one of: interactive, batch, internal, development'],
  ['suspended', { suspended: 'yes' }, 'must be true or false'],
  ['suspended_at', { suspended_at: NOW.toISOString() }, 'is not a field of this request'],
  ['rate_limit_per_hour', { rate_limit_per_hour: 5 }, 'must be a whole number from 10 to 100000'],
])('rejects %s of %j', async (field, body, message) => {
  const { key_id, key_info } = await service.create();
  expect(await patch(key_id, body)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
  expect((await service.call('GET', `/api/v1/keys/${key_id}`)).body).toEqual(key_info);
});
