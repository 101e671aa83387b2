import { beforeAll, expect, test } from '@jest/globals';
import { type Auth, createAuth } from '../../client/src/auth.ts';
import { cleanUp } from '../support/clean-up.ts';
import { useService } from '../support/service.ts';

const service = useService();

let auth: Auth;
beforeAll(() => {
  auth = createAuth({ url: service.url, serviceId: 'prediction', environment: 'production' });
  cleanUp(() => auth.close());
});

const HEADERS = { 'RateLimit-Policy': '"hour";q=10;w=3600', RateLimit: '"hour";r=9;t=1800' };

test('returns what a key grants, frozen', async () => {
  const { api_key: key, key_id } = await service.create({
    scopes: ['predict'],
    rate_limit_per_hour: 10,
    monthly_prediction_limit: 500,
    expires_in_days: 30,
  });
  const validation = await auth.validate({ key, scope: 'predict' });
  expect(validation).toEqual({
    valid: true,
    keyId: key_id,
    userId: 'admin',
    serviceId: 'prediction',
    scopes: ['predict'],
    rateLimitPerHour: 10,
    billingPlan: 'free',
    monthlyPredictionLimit: 500,
    environment: 'production',
    expiresAt: '2026-12-23T18:30:00.000Z',
    rateLimit: { limit: 10, remaining: 9, resetAt: '2026-11-23T19:00:00.000Z' },
    headers: HEADERS,
  });
  for (const part of [
    validation,
    validation.headers,
    'scopes' in validation && validation.scopes,
  ]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test('returns why a key is refused', async () => {
  const { api_key: key } = await service.create({
    scopes: ['predict'],
    // Without an address, that of this process must not be checked in its place.
    allowed_ips: ['203.0.113.10', '127.0.0.1'],
    rate_limit_per_hour: 10,
  });
  const refused = { valid: false, status: 401, headers: {} };
  const clientIp = '203.0.113.10';
  expect(await auth.validate({ key: 'not-a-key', clientIp })).toEqual({
    ...refused,
    code: 'invalid_key',
    error: 'Invalid API key',
  });
  expect(await auth.validate({ key, clientIp, scope: 'train' })).toMatchObject({
    ...refused,
    code: 'insufficient_scope',
    error: 'Key does not have required scope',
  });
  for (const other of ['203.0.113.11', undefined]) {
    const refusal = await auth.validate({ key, clientIp: other });
    expect(refusal).toMatchObject({ code: 'ip_not_allowed' });
  }
  expect(await auth.validate({ key, clientIp, environment: 'test' })).toMatchObject({
    code: 'environment_mismatch',
  });
});

test('returns when a limit resets', async () => {
  const { api_key: key } = await service.create({ rate_limit_per_hour: 10 });
  // A lease might be larger than what is left.
  const plain = createAuth({ url: service.url, serviceId: 'prediction', leases: false });
  for (let i = 0; i < 10; i++) {
    expect(await plain.validate({ key })).toMatchObject({ valid: true });
  }
  const limited = {
    valid: false,
    status: 429,
    code: 'rate_limited',
    error: 'Rate limit exceeded',
    retryAfter: 1800,
    headers: { ...HEADERS, RateLimit: '"hour";r=0;t=1800', 'Retry-After': '1800' },
  };
  expect(await auth.validate({ key })).toEqual(limited);
  const before = auth.stats();
  expect(await auth.validate({ key })).toEqual(limited);
  expect(auth.stats()).toEqual({
    ...before,
    validations: before.validations + 1,
    local: before.local + 1,
  });
});

test('debits up to the monthly limit, and reports what was served', async () => {
  const { api_key: key, key_id: keyId } = await service.create({ monthly_prediction_limit: 5 });
  const usage = { key, keyId, endpoint: '/v1/predict', predictionsCount: 3 };
  expect(await auth.debit(usage)).toEqual({ debited: true, remaining: 2 });
  expect(await auth.debit(usage)).toEqual({
    debited: false,
    status: 402,
    code: 'monthly_limit_exceeded',
    error: 'Monthly prediction limit exceeded',
  });
  const reporting = createAuth({ url: service.url, serviceId: 'prediction' });
  reporting.report({ ...usage, statusCode: 200, responseTimeMs: 12.5 });
  await reporting.close();
  expect(reporting.stats()).toMatchObject({ reported: 1, dropped: 0 });
  const { body } = await service.usage(`/${keyId}/stats`);
  expect(body).toMatchObject({ total_requests: 2, total_predictions: 6 });
});
