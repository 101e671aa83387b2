import { randomInt } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ENVIRONMENTS, generateKey } from '../../lib/domain/key.ts';
import { HOUR_MS } from '../../lib/domain/time.ts';
import type { CallOptions } from '../support/client.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const PATH = '/api/v1/keys/validate';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

const limitHeaders = (limit: number, remaining: number) => ({
  'ratelimit-policy': `"hour";q=${limit};w=3600`,
  ratelimit: `"hour";r=${remaining};t=1800`,
});

const granted = (info: Record<string, unknown>, remaining: number) => ({
  status: 200,
  headers: { ...COMMON_HEADERS, ...limitHeaders(Number(info.rate_limit_per_hour), remaining) },
  body: {
    is_valid: true,
    key_id: info.key_id,
    user_id: info.user_id,
    service_id: info.service_id,
    scopes: info.scopes,
    rate_limit_per_hour: info.rate_limit_per_hour,
    billing_plan: info.billing_plan,
    monthly_prediction_limit: info.monthly_prediction_limit,
    environment: info.environment,
    expires_at: info.expires_at,
    rate_limit: {
      limit: info.rate_limit_per_hour,
      remaining,
      reset_at: '2026-11-23T19:00:00.000Z',
    },
  },
});

const refused = (status: number, error: string, code: string, headers: object = {}) => ({
  status,
  headers: {
    ...COMMON_HEADERS,
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...headers,
  },
  body: {
    is_valid: false,
    key_id: null,
    user_id: null,
    service_id: null,
    scopes: null,
    rate_limit_per_hour: null,
    billing_plan: null,
    monthly_prediction_limit: null,
    environment: null,
    expires_at: null,
    rate_limit: null,
    error,
    code,
  },
});
const invalidKey = refused(401, 'Invalid API key', 'invalid_key');

test.each(ENVIRONMENTS)('returns what a valid %s key grants', async (environment) => {
  const { api_key, key_info } = await service.create({
    scopes: ['read'],
    monthly_prediction_limit: 100,
    expires_in_days: 1,
    user_id: 'someone',
    rate_limit_per_hour: 500,
    environment,
  });
  const asked = { service_id: 'prediction', required_scope: 'read', environment };
  expect(await service.validate(api_key, asked)).toEqual(granted(key_info, 499));
  expect(await service.validate(api_key)).toEqual(granted(key_info, 498));
});

test('grants every scope to a key without scopes', async () => {
  const { api_key } = await service.create();
  expect((await service.validate(api_key, { required_scope: 'anything' })).status).toBe(200);
});

test.each([
  ['Authorization', (key: string) => ({ headers: { authorization: `Bearer ${key}` } })],
  ['X-API-Key', (key: string) => ({ headers: { 'x-api-key': key } })],
  ['the body', (api_key: string) => ({ body: { api_key } })],
  [
    'Authorization before X-API-Key and the body',
    (key: string) => ({
      headers: { authorization: `bearer ${key}`, 'x-api-key': 'x' },
      body: { api_key: 'y' },
    }),
  ],
  [
    'X-API-Key before the body',
    (key: string) => ({ headers: { 'x-api-key': key }, body: { api_key: 'y' } }),
  ],
  [
    'the body, as empty headers and another scheme are no key',
    (api_key: string) => ({
      headers: { authorization: 'Basic eDp5', 'x-api-key': '' },
      body: { api_key },
    }),
  ],
  [
    'X-API-Key before another kind of bearer and the body',
    (key: string) => ({
      headers: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'x-api-key': key },
      body: { api_key: 'y' },
    }),
  ],
  [
    'the body before another kind of bearer',
    (api_key: string) => ({
      headers: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'x-api-key': '' },
      body: { api_key },
    }),
  ],
  ['X-API-Key with an empty body', (key: string) => ({ headers: { 'x-api-key': key }, body: '' })],
  [
    'X-API-Key with nulls in the body',
    (key: string) => ({
      headers: { 'x-api-key': key },
      body: { service_id: null, required_scope: null, client_ip: null, environment: null },
    }),
  ],
])('takes the key from %s', async (_, options) => {
  const { api_key, key_info } = await service.create();
  expect(await service.call('POST', PATH, { ...options(api_key), admin: false })).toEqual(
    granted(key_info, 999),
  );
});

test.each([
  ['alone', {}],
  ['beside empty ones', { headers: { 'x-api-key': '' }, body: { api_key: '' } }],
])(
  'rejects another kind of bearer %s as an invalid key',
  async (_, { headers, body }: CallOptions) => {
    const bearer = { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' };
    const options = { headers: { ...bearer, ...headers }, body, admin: false };
    expect(await service.call('POST', PATH, options)).toEqual(invalidKey);
  },
);

test('uses a bearer that begins like a key, valid or not', async () => {
  const { api_key } = await service.create();
  const headers = { authorization: 'Bearer hk_live_mistyped', 'x-api-key': api_key };
  const options = { headers, body: { api_key }, admin: false };
  expect(await service.call('POST', PATH, options)).toEqual(invalidKey);
});

test.each([
  ['nothing', {}],
  ['empty ones', { headers: { authorization: 'Bearer ', 'x-api-key': '' }, body: { api_key: '' } }],
  ['null', { body: { api_key: null } }],
])('responds with 400 to a request without a key: %s', async (_, options) => {
  expect(await service.call('POST', PATH, { ...options, admin: false })).toEqual(
    problem(400, 'Bad Request', 'No API key provided'),
  );
});

test('gives the same answer for malformed, unknown and wrong-secret keys', async () => {
  const { api_key } = await service.create();
  const otherSecret = withOtherSecret(api_key);
  expect(otherSecret.slice(0, 15)).toBe(api_key.slice(0, 15));
  const presented = [
    'x',
    api_key.slice(0, -1),
    `${api_key}0`,
    api_key.replace('hk_live_', 'hk_prod_'),
    api_key.slice(0, -1) + (api_key.endsWith('A') ? 'B' : 'A'),
    `${api_key},${api_key}`,
    generateKey('production', randomInt).text,
    otherSecret,
    'é'.repeat(40),
  ];
  for (const key of presented) {
    const options = { body: { api_key: key }, admin: false };
    expect(await service.call('POST', PATH, options)).toEqual(invalidKey);
  }
});

test('accepts a new key at once, also after another key with its public id was not found', async () => {
  const { api_key, key_id, key_info } = await service.create();
  const created = await service.remove(key_id);
  const sameId = () => service.validate(withOtherSecret(api_key));
  expect(await sameId()).toEqual(invalidKey);
  await service.put(created);
  expect(await service.validate(api_key)).toEqual(granted(key_info, 999));
  expect(await sameId()).toEqual(invalidKey);
});

test.each([
  ['read again', { required_scope: 'write' }],
  ['counted', {}],
])(
  'gives that answer for a cached key that an operator has removed when it is %s',
  async (_, request) => {
    const { api_key, key_id } = await service.create({ scopes: ['read'] });
    expect((await service.validate(api_key)).status).toBe(200);
    await service.remove(key_id);
    expect(await service.validate(api_key, request)).toEqual(invalidKey);
  },
);

test('responds with 500 to a rotated key whose successor an operator has removed', async () => {
  const old = await service.create();
  const path = `/api/v1/keys/${old.key_id}/rotate`;
  const { body } = await service.call('POST', path, { body: { grace_period_minutes: 60 } });
  await service.remove(body.key_id);
  const lines = await logLines(async () => {
    expect((await service.validate(old.api_key)).status).toBe(500);
  });
  expect(JSON.stringify(lines)).toContain(
    `${body.key_id}, the successor of a rotated key, is gone`,
  );
});

test('accepts a restored key within a second', async () => {
  const { api_key, key_id, key_info } = await service.create();
  const created = await service.remove(key_id);
  expect(await service.validate(api_key)).toEqual(invalidKey);
  await service.put(created);
  service.clock.now = new Date(NOW.getTime() + 1000);
  expect(await service.validate(api_key)).toMatchObject({
    status: 200,
    body: { key_id: key_info.key_id },
  });
});

test.each([
  ['revoked', 'API key is inactive or has been revoked', 'revoked_at', NOW.toISOString()],
  ['expired', 'API key has expired', 'expires_at', NOW.toISOString()],
  ['service_mismatch', 'Key not authorized for this service', 'service_id', 'website'],
  ['environment_mismatch', 'Key not authorized for this environment', 'environment', 'test'],
  ['insufficient_scope', 'Key does not have required scope', 'scopes', ['other']],
  ['ip_not_allowed', 'IP address not in allowlist', 'allowed_ips', ['10.0.0.0/8']],
])('rejects with %s, cold and warm, and counts nothing', async (code, error, attribute, value) => {
  const { api_key, key_id } = await service.create();
  const asked = { service_id: 'prediction', environment: 'production', required_scope: 'read' };
  const expected = refused(401, error, code, limitHeaders(1000, 1000));
  await service.alter(key_id, attribute, value);
  for (const _ of ['cold', 'warm']) {
    expect(await service.validate(api_key, asked)).toEqual(expected);
  }
  expect(Object.keys((await service.item(key_id)) ?? {})).not.toContain('requests_2026112318');
});

describe('with an allowlist', () => {
  const allowed_ips = ['198.51.100.7', '2001:db8::/32'];
  const notAllowed = refused(
    401,
    'IP address not in allowlist',
    'ip_not_allowed',
    limitHeaders(1000, 1000),
  );

  test('takes the address from API Gateway, never from a header', async () => {
    const { api_key } = await service.create({ allowed_ips });
    const headers = { 'x-api-key': api_key, 'x-forwarded-for': '198.51.100.7' };
    expect(await service.call('POST', PATH, { headers, admin: false })).toEqual(notAllowed);
  });

  test.each(['127.0.0.1', '', '198.51.100.7:443', '198.51.100.07', 'localhost'])(
    'rejects the client_ip "%s"',
    async (client_ip) => {
      const { api_key } = await service.create({ allowed_ips });
      expect(await service.validate(api_key, { client_ip })).toEqual(notAllowed);
    },
  );

  test.each(['198.51.100.7', '::ffff:198.51.100.7', '2001:DB8::1'])(
    'accepts the client_ip "%s"',
    async (client_ip) => {
      const { api_key } = await service.create({ allowed_ips });
      expect((await service.validate(api_key, { client_ip })).status).toBe(200);
    },
  );
});

test('recognises a key of an environment that is not served by its prefix', async () => {
  const { api_key } = await service.create({ environment: 'test' });
  const before = process.env.KEY_ENVIRONMENTS;
  process.env.KEY_ENVIRONMENTS = 'production';
  service.dynamodb.actions.length = 0;
  const answers = [
    await service.validate(api_key),
    await service.validate(`hk_dev_${'a'.repeat(32)}`),
  ];
  process.env.KEY_ENVIRONMENTS = before;
  for (const answer of answers) {
    expect(answer).toEqual(
      refused(401, 'Key not authorized for this environment', 'environment_mismatch'),
    );
  }
  // No record is read. The first key may be a real one, which is counted.
  expect(service.dynamodb.actions).toEqual(['UpdateItem']);
});

test('logs one short line, in a form that Lambda and CloudWatch read', async () => {
  const { api_key, key_id } = await service.create({ service_id: 'prediction' });
  const [line, ...more] = await logLines(() => service.validate(api_key));
  expect(more).toEqual([]);
  expect(line).toEqual({
    level: 'INFO',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    message: 'request',
    request_id: expect.any(String),
    route: `POST ${PATH}`,
    status: 200,
    duration_ms: expect.any(Number),
    source_ip: '127.0.0.1',
    key_id,
    service_id: 'prediction',
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: process.env.STACK_NAME,
          Dimensions: [[], ['outcome'], ['outcome', 'service_id']],
          Metrics: [{ Name: 'ValidationLatency', Unit: 'Milliseconds' }],
        },
      ],
    },
    outcome: 'valid',
    ValidationLatency: line?.duration_ms,
  });
});

test('names the trace of a request in its line only where X-Ray keeps it', async () => {
  const { api_key } = await service.create();
  const root = '1-67891233-abcdef012345678912345678';
  const lines = await logLines(async () => {
    for (const sampled of [1, 0]) {
      process.env._X_AMZN_TRACE_ID = `Root=${root};Parent=53995c3f42cd8ad8;Sampled=${sampled}`;
      await service.validate(api_key);
    }
  });
  delete process.env._X_AMZN_TRACE_ID;
  expect(lines.map(({ xray_trace_id }) => xray_trace_id)).toEqual([root, undefined]);
});

test('counts a mismatch of environments only where the checksum is valid', async () => {
  const { api_key } = await service.create();
  const foreign = (await service.create({ environment: 'test' })).api_key;
  const before = process.env.KEY_ENVIRONMENTS;
  process.env.KEY_ENVIRONMENTS = 'production';
  const lines = await logLines(async () => {
    await service.validate(api_key);
    await service.validate(api_key, { environment: 'test' });
    await service.validate(foreign);
    await service.validate(`hk_test_${'a'.repeat(32)}`);
  });
  process.env.KEY_ENVIRONMENTS = before;
  const refusal = { FailedValidations: 1, ClientErrors: 1 };
  const counted = [
    {},
    { ...refusal, EnvironmentMismatches: 1 },
    { ...refusal, EnvironmentMismatches: 1 },
    refusal,
  ];
  expect(countedIn(lines)).toEqual(
    counted.map((of) => ({ ...of, ValidationLatency: expect.any(Number) })),
  );
  expect(lines.map(({ code, valid_checksum }) => [code, valid_checksum])).toEqual([
    [undefined, undefined],
    ['environment_mismatch', true],
    ['environment_mismatch', true],
    ['environment_mismatch', false],
  ]);
});

test('accepts exactly N calls an hour, then responds with 429 until the next clock hour', async () => {
  const { api_key, key_info, key_id } = await service.create({ rate_limit_per_hour: 10 });
  for (let remaining = 9; remaining >= 0; remaining--) {
    expect(await service.validate(api_key)).toEqual(granted(key_info, remaining));
  }
  const limited = refused(429, 'Rate limit exceeded', 'rate_limited', {
    ...limitHeaders(10, 0),
    'retry-after': '1800',
  });
  for (const _ of ['asked', 'from memory']) {
    expect(await service.validate(api_key)).toEqual(limited);
  }
  service.clock.now = new Date('2026-11-23T18:59:59.999Z');
  expect(await service.validate(api_key)).toMatchObject({
    status: 429,
    headers: { 'retry-after': '1', ratelimit: '"hour";r=0;t=1' },
  });
  service.clock.now = new Date('2026-11-23T19:00:00.000Z');
  expect((await service.validate(api_key)).body.rate_limit).toEqual({
    limit: 10,
    remaining: 9,
    reset_at: '2026-11-23T20:00:00.000Z',
  });
  expect(await service.item(key_id)).toMatchObject({ requests_2026112318: 10 });
});

test('applies the limit of its hour to a late request', async () => {
  const { api_key } = await service.create({ rate_limit_per_hour: 10 });
  for (let i = 0; i < 10; i++) await service.validate(api_key);
  service.clock.now = new Date(NOW.getTime() + HOUR_MS);
  expect((await service.validate(api_key)).status).toBe(200);
  service.clock.now = NOW;
  expect((await service.validate(api_key)).status).toBe(429);
});

test('does not change the next hour’s count for a late request', async () => {
  const { api_key } = await service.create({ rate_limit_per_hour: 10 });
  const at = async (instant: string) => {
    service.clock.now = new Date(instant);
    return (await service.validate(api_key)).status;
  };
  for (let i = 0; i < 9; i++) expect(await at('2026-11-23T19:00:00.000Z')).toBe(200);
  expect(await at('2026-11-23T18:59:59.999Z')).toBe(200);
  expect(await at('2026-11-23T19:00:00.000Z')).toBe(200);
  expect(await at('2026-11-23T19:00:00.000Z')).toBe(429);
});

test('removes the counters of past hours', async () => {
  const { api_key, key_id } = await service.create();
  for (let hour = 0; hour < 5; hour++) {
    service.clock.now = new Date(NOW.getTime() + hour * HOUR_MS);
    expect((await service.validate(api_key)).status).toBe(200);
  }
  const item = (await service.item(key_id)) ?? {};
  expect(
    Object.keys(item)
      .filter((name) => name.startsWith('requests_'))
      .sort(),
  ).toEqual(['requests_2026112321', 'requests_2026112322']);
});

test('responds with 429 over the monthly limit, until the month turns or overage is allowed', async () => {
  const { api_key, key_id, key_info } = await service.create({ monthly_prediction_limit: 100 });
  await service.alter(key_id, 'predictions_202611', 99);
  expect(await service.validate(api_key)).toEqual(granted(key_info, 999));
  await service.alter(key_id, 'predictions_202611', 100);
  expect(await service.validate(api_key)).toEqual(
    refused(429, 'Monthly prediction limit exceeded', 'monthly_limit_exceeded', {
      ...limitHeaders(1000, 999),
      'retry-after': String((7 * 24 + 5.5) * 3600),
    }),
  );
  service.clock.now = new Date('2026-12-01T00:00:00.000Z');
  expect((await service.validate(api_key)).status).toBe(200);
  service.clock.now = new Date(NOW.getTime() + 1000);
  expect((await service.validate(api_key)).status).toBe(429);
  const body = { overage_allowed: true };
  await service.call('PATCH', `/api/v1/keys/${key_id}`, { body });
  service.clock.now = new Date(NOW.getTime() + 2000);
  expect((await service.validate(api_key)).status).toBe(200);
});

test('counts nothing for an invalid body, with a valid key or not', async () => {
  const { api_key } = await service.create();
  const field = 'required_scopes';
  expect(await service.validate(api_key, { [field]: 'x' })).toEqual(
    problem(400, 'Bad Request', `${field}: is not a field of this request`, {
      errors: [{ field, message: 'is not a field of this request' }],
    }),
  );
  expect((await service.validate(api_key, { client_ip: 5 })).status).toBe(400);
  expect((await service.validate(api_key)).body.rate_limit.remaining).toBe(999);
});
