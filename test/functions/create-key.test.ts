import { randomInt } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { keyEnvironments, services } from '../../lib/environment.ts';
import { createBody } from '../../lib/http/schemas/keys.ts';
import { logLines } from '../support/log-lines.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const PATH = '/api/v1/keys';

const service = useService();

test('creates a key with the defaults', async () => {
  const answer = await service.call('POST', PATH, {
    body: { name: 'first', service_id: 'prediction' },
  });
  const { api_key, key_id } = answer.body;
  expect(api_key).toMatch(/^hk_live_[0-9A-Za-z]{32}$/);
  expect(key_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(answer).toEqual({
    status: 201,
    headers: COMMON_HEADERS,
    body: {
      api_key,
      key_id,
      key_info: {
        key_id,
        name: 'first',
        key_prefix: `${api_key.slice(0, 11)}***`,
        user_id: 'admin',
        service_id: 'prediction',
        scopes: [],
        environment: 'production',
        is_active: true,
        rate_limit_per_hour: 1000,
        monthly_prediction_limit: null,
        overage_allowed: false,
        billing_plan: 'free',
        use_case: null,
        allowed_ips: null,
        created_at: NOW.toISOString(),
        expires_at: null,
        last_used_at: null,
        rotation_due_at: '2027-02-21T18:30:00.000Z',
        rotated_to: null,
        rotated_from: null,
        revoked_at: null,
        suspended_at: null,
        used_from: null,
      },
    },
  });
});

test('creates a key with every field set', async () => {
  const fields = {
    name: 'Ünïcode, 100 €',
    service_id: 'website',
    user_id: 'someone',
    scopes: ['read', 'prediction:write'],
    rate_limit_per_hour: 10_000,
    monthly_prediction_limit: 500_000,
    overage_allowed: true,
    billing_plan: 'enterprise',
    use_case: 'interactive',
    allowed_ips: ['203.0.113.10', '10.0.0.0/8', '2001:db8::/32'],
  };
  const { api_key, key_info } = await service.create({
    ...fields,
    environment: 'test',
    expires_in_days: 30,
  });
  expect(api_key).toMatch(/^hk_test_/);
  expect(key_info).toMatchObject({
    ...fields,
    environment: 'test',
    expires_at: '2026-12-23T18:30:00.000Z',
    rotation_due_at: '2027-05-22T18:30:00.000Z',
  });
});

test('treats null as a field that is left out', async () => {
  const { key_info } = await service.create({
    user_id: null,
    scopes: null,
    environment: null,
    expires_in_days: null,
    rate_limit_per_hour: null,
    monthly_prediction_limit: null,
    allowed_ips: null,
    billing_plan: null,
    use_case: null,
    overage_allowed: null,
  });
  const { key_info: defaults } = await service.create();
  const identity = { key_id: expect.any(String), key_prefix: expect.any(String) };
  expect(key_info).toEqual({ ...defaults, ...identity });
});

test.each([
  ['interactive', 1000],
  ['batch', 10_000],
  ['internal', 50_000],
  ['development', 100],
])('gives a key for %s use the limit %d, unless one is given', async (use_case, limit) => {
  const recommended = await service.create({ use_case, rate_limit_per_hour: null });
  expect(recommended.key_info).toMatchObject({ use_case, rate_limit_per_hour: limit });
  const given = await service.create({ use_case, rate_limit_per_hour: 77 });
  expect(given.key_info).toMatchObject({ use_case, rate_limit_per_hour: 77 });
});

test('treats an empty allowlist as none, and never makes a development key due for rotation', async () => {
  const { api_key, key_info } = await service.create({
    allowed_ips: [],
    environment: 'development',
  });
  expect(api_key).toMatch(/^hk_dev_/);
  expect(key_info).toMatchObject({ allowed_ips: null, rotation_due_at: null });
});

test('stores the key as verifiers only, within the kilobyte of one write unit', async () => {
  const { api_key, key_id } = await service.create({
    scopes: ['read', 'predict'],
    allowed_ips: ['203.0.113.10'],
    expires_in_days: 365,
  });
  await service.validate(api_key);
  const item = await service.item(key_id);
  expect(item).toMatchObject({
    hash: expect.stringMatching(/^\$2b\$04\$/),
    digest: expect.any(Uint8Array),
    pepper: expect.any(String),
    version: 1,
  });
  expect(JSON.stringify(item).length).toBeLessThan(1024);
});

const number = (from: number, to: number) => `must be a whole number from ${from} to ${to}`;
const text = 'must be text of 1 to 100 characters, none of them control characters';
const scope = 'must be 1 to 100 printable ASCII characters without space, " and \\';

test.each([
  ['name', undefined, 'is required'],
  ['name', '', text],
  ['name', '   ', text],
  ['name', 'x'.repeat(101), text],
  ['name', 'a\nb', text],
  ['name', 'a\u0000b', text],
  ['name', '\ud800', text],
  ['name', 5, text],
  ['service_id', undefined, 'is required'],
  ['service_id', 'other', 'must be one of: prediction, platform, website'],
  ['service_id', ['prediction'], 'must be one of: prediction, platform, website'],
  ['environment', 'prod', 'must be one of: production, test, development'],
  ['scopes', 'read', 'must be a list of at most 256 scopes'],
  ['scopes', Array(257).fill('a'), 'must be a list of at most 256 scopes'],
  ['scopes[1]', ['read', 'a b'], scope],
  ['scopes[0]', [''], scope],
  ['scopes[0]', [null], 'must be text'],
  ['expires_in_days', 0, number(1, 365)],
  ['expires_in_days', 366, number(1, 365)],
  ['expires_in_days', 1.5, number(1, 365)],
  ['rate_limit_per_hour', 9, number(10, 100_000)],
  ['rate_limit_per_hour', 100_001, number(10, 100_000)],
  ['rate_limit_per_hour', '1000', number(10, 100_000)],
  ['rate_limit_per_hour', true, number(10, 100_000)],
  ['monthly_prediction_limit', 0, number(1, Number.MAX_SAFE_INTEGER)],
  ['monthly_prediction_limit', 1e300, number(1, Number.MAX_SAFE_INTEGER)],
  ['overage_allowed', 'yes', 'must be true or false'],
  ['billing_plan', '', text],
  ['use_case', 'other', 'must be one of: interactive, batch, internal, development'],
  ['suspended', true, 'is not a field of this request'],
  ['user_id', {}, text],
  ['allowed_ips', '10.0.0.1', 'must be a list of at most 256 addresses and CIDR ranges'],
  ...['010.0.0.1', '0x7f.1', '1.2.3', '10.0.0.0/33', 'fe80::1%eth0', '1.2.3.4 ', 'host'].map(
    (entry): [string, unknown, string] => [
      'allowed_ips[1]',
      ['10.0.0.1', entry],
      `"${entry}" is not an IPv4 or IPv6 address or CIDR range`,
    ],
  ),
  ['allowed_ip', ['10.0.0.1'], 'is not a field of this request'],
  ['__proto__', { name: 'x' }, 'is not a field of this request'],
])('rejects %s %j and names the field', async (field, value, message) => {
  const [name = ''] = field.split('[');
  const good = JSON.stringify({ name: 'a key', service_id: 'prediction' });
  const bad = `{"${name}":${JSON.stringify(value ?? null)}}`;
  const body = `${good.slice(0, -1)},${bad.slice(1)}`;
  expect(await service.call('POST', PATH, { body })).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});

/** Parses a body that a deployment for test keys only receives. */
function parseForTest(environment: string | undefined) {
  const before = process.env.KEY_ENVIRONMENTS;
  process.env.KEY_ENVIRONMENTS = 'test';
  const body = createBody(services(), keyEnvironments());
  process.env.KEY_ENVIRONMENTS = before;
  return body.safeParse({ name: 'x', service_id: 'website', environment });
}

test.each([undefined, 'production', 'development'])(
  'rejects the environment %s where it is not accepted',
  (environment) => {
    const message = 'this deployment accepts only keys for: test';
    expect(parseForTest(environment).error?.issues).toMatchObject([
      { path: ['environment'], message },
    ]);
  },
);

test('accepts the one environment that the deployment accepts', () => {
  expect(parseForTest('test').success).toBe(true);
});

test.each<[string, (apiKey: string) => object]>([
  ['name', (name) => ({ name })],
  ['user_id', (apiKey) => ({ user_id: `x ${apiKey}` })],
  ['scopes', (apiKey) => ({ scopes: [apiKey] })],
])('rejects a key in %s and does not store it', async (_, fieldsWith) => {
  const before = (await service.call('GET', PATH)).body.length;
  const { text: apiKey } = generateKey('production', randomInt);
  const body = { name: 'x', service_id: 'website', ...fieldsWith(apiKey) };
  const errors = [{ message: 'must not contain an API key or token' }];
  expect(await service.call('POST', PATH, { body })).toMatchObject({
    status: 400,
    body: { errors },
  });
  expect((await service.call('GET', PATH)).body).toHaveLength(before);
});

test('names every bad field in one answer', async () => {
  const answer = await service.call('POST', PATH, {
    body: { service_id: 'x', rate_limit: 5, expires_in_days: -1 },
  });
  expect(answer.status).toBe(400);
  expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
    'expires_in_days',
    'name',
    'rate_limit',
    'service_id',
  ]);
});

test('creates nothing for a request that it rejects', async () => {
  const { body: keys } = await service.call('GET', PATH);
  expect(keys).toHaveLength(14);
});

/** Lets another process take the ids of the next keys. Returns the ids. */
function takeIds(times: number): string[] {
  const taken: string[] = [];
  service.dynamodb.before = async () => {
    const { action, input = '' } = service.dynamodb.inputs.at(-1) ?? {};
    if (action !== 'TransactWriteItems' || taken.length === times) return;
    const { key_id } = JSON.parse(input).TransactItems[0].Put.Item;
    taken.push(key_id.S);
    await service.put({ key_id });
  };
  return taken;
}

test('issues a key with another id when the first ones are taken', async () => {
  const taken = takeIds(4);
  const { api_key, key_id } = await service.create();
  expect(new Set([...taken, key_id]).size).toBe(5);
  expect(await service.validate(api_key)).toMatchObject({ status: 200, body: { key_id } });
});

test('responds with 503 when five ids are taken in a row', async () => {
  const taken = takeIds(5);
  const body = { name: 'x', service_id: 'website' };
  const lines = await logLines(async () =>
    expect(await service.call('POST', PATH, { body })).toEqual(
      problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
    ),
  );
  expect(taken).toHaveLength(5);
  expect(JSON.stringify(lines)).toContain('every generated key_id was taken');
});
