import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { captureIssued } from '../support/captured.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const service = useService();
const environments = () => process.env.KEY_ENVIRONMENTS;
let before: string | undefined;
beforeEach(() => {
  service.clock.now = NOW;
  before = environments();
});
afterEach(() => {
  process.env.KEY_ENVIRONMENTS = before;
});

const explain = (body: object) => service.call('POST', '/api/v1/keys/explain', { body });

const HOUR = { starts_at: '2026-11-23T18:00:00.000Z', ends_at: '2026-11-23T19:00:00.000Z' };
const MONTH = { starts_at: '2026-11-01T00:00:00.000Z', ends_at: '2026-12-01T00:00:00.000Z' };

const passed = (check: string, reason: string) => ({ check, result: 'passed', code: null, reason });

test('explains a valid key: every check, the counters, their windows and the clock', async () => {
  const { api_key, key_id } = await service.create({
    scopes: ['read'],
    allowed_ips: ['10.0.0.0/8'],
    monthly_prediction_limit: 5,
  });
  const request = {
    service_id: 'prediction',
    environment: 'production',
    required_scope: 'read',
    client_ip: '10.1.2.3',
  };
  expect((await service.validate(api_key, request)).status).toBe(200);
  await service.addTo(key_id, 'predictions_202611', 3);
  const { body: key } = await service.call('GET', `/api/v1/keys/${key_id}`);
  expect(await explain({ api_key, ...request })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: {
      clock: NOW.toISOString(),
      verdict: { is_valid: true, status: 200, code: null, error: null },
      checks: [
        passed('format', 'The text has the format of a key.'),
        passed(
          'deployment',
          'The key is for production; this deployment accepts keys for production, test, development.',
        ),
        passed('checksum', 'The last six characters fit the rest of the key.'),
        passed('exists', `${key.key_prefix} has the key_id ${key_id}.`),
        passed('secret', 'It is the key that was issued.'),
        passed('active', 'The key was neither revoked nor rotated.'),
        passed('expiry', 'The key never expires.'),
        passed('service', 'The key is for prediction; the request is for prediction.'),
        passed('environment', 'The key is for production; the request is for production.'),
        passed('scope', 'The key has the scopes read; the request needs read.'),
        passed('address', 'The key may be used from 10.0.0.0/8; the request came from 10.1.2.3.'),
        passed(
          'hourly_limit',
          `1 of 1000 validations are used in the hour that ends at ${HOUR.ends_at}.`,
        ),
        passed(
          'monthly_limit',
          `3 of 5 predictions are used in the month that ends at ${MONTH.ends_at}.`,
        ),
      ],
      key,
      limits: {
        hour: { limit: 1000, used: 1, remaining: 999, ...HOUR },
        month: { limit: 5, used: 3, remaining: 2, ...MONTH },
        counted_on: key_id,
      },
    },
  });
});

test('explains an unknown key', async () => {
  const { body } = await explain({ key_id: '00000000-0000-5000-8000-000000000000' });
  expect(body).toMatchObject({
    verdict: { is_valid: false, status: 401, code: 'invalid_key', error: 'Invalid API key' },
    key: null,
    limits: null,
  });
});

type Case = [code: string | null, attributes: Record<string, unknown>, request?: object];

test.each<Case>([
  [null, {}],
  ['revoked', { revoked_at: NOW.toISOString() }],
  ['expired', { expires_at: NOW.toISOString() }],
  ['service_mismatch', {}, { service_id: 'website' }],
  ['environment_mismatch', {}, { environment: 'test' }],
  ['insufficient_scope', { scopes: ['read'] }, { required_scope: 'write' }],
  ['ip_not_allowed', { allowed_ips: ['10.0.0.0/8'] }],
  ['rate_limited', { rate_limit_per_hour: 10, requests_2026112318: 10 }],
  ['monthly_limit_exceeded', { monthly_prediction_limit: 5, predictions_202611: 5 }],
  [
    'revoked',
    { revoked_at: NOW.toISOString(), expires_at: NOW.toISOString() },
    { environment: 'test' },
  ],
])(
  'answers %s as a validation then does, by reads alone',
  async (code, attributes, request = {}) => {
    const { api_key, key_id } = await service.create();
    for (const [name, value] of Object.entries(attributes))
      await service.alter(key_id, name, value);
    const stored = await service.item(key_id);
    const asked = { client_ip: '203.0.113.7', ...request };
    service.dynamodb.actions.length = 0;
    const explained = [
      (await explain({ api_key, ...asked })).body.verdict,
      (await explain({ key_id, ...asked })).body.verdict,
    ];
    expect(service.dynamodb.actions).toEqual(['GetItem', 'GetItem']);
    expect(await service.item(key_id)).toEqual(stored);
    const { status, body } = await service.validate(api_key, asked);
    expect(body.code ?? null).toBe(code);
    const { is_valid, error = null } = body;
    expect(explained).toEqual(Array(2).fill({ is_valid, status, code, error }));
  },
);

test('answers for malformed, unknown, mistyped and foreign keys as a validation does', async () => {
  const { api_key } = await service.create();
  const foreign = (await service.create({ environment: 'test' })).api_key;
  process.env.KEY_ENVIRONMENTS = 'production,development';
  const unknown = generateKey('production', randomInt).text;
  const otherSecret = withOtherSecret(api_key);
  for (const text of [unknown, otherSecret]) captureIssued(text);
  const cases = [
    ['invalid_key', 'format', 'x'],
    ['invalid_key', 'format', ` ${api_key}`],
    ['invalid_key', 'checksum', api_key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))],
    ['invalid_key', 'exists', unknown],
    ['invalid_key', 'secret', otherSecret],
    ['environment_mismatch', 'deployment', foreign],
    ['environment_mismatch', 'deployment', `hk_test_${'a'.repeat(32)}`],
  ] as const;
  for (const [code, check, text] of cases) {
    const { body } = await explain({ api_key: text });
    const options = { body: { api_key: text }, admin: false };
    const { status, body: validated } = await service.call(
      'POST',
      '/api/v1/keys/validate',
      options,
    );
    const { is_valid, error } = validated;
    expect(validated.code).toBe(code);
    expect(body.verdict).toEqual({ is_valid, status, code, error });
    const failed = body.checks.find(({ result }: { result: string }) => result === 'failed');
    expect(failed).toMatchObject({ check, code });
  }
});

test('finds the key of which a presented one has only the beginning', async () => {
  const { api_key, key_info } = await service.create();
  const mistyped = api_key.replace(/.{7}$/, 'AAAAAAA');
  const { body } = await explain({ api_key: mistyped });
  expect(body.key).toEqual(key_info);
  expect(JSON.stringify(body)).not.toContain(mistyped.slice(0, 12));
});

test('reads the key anew, even if it is cached', async () => {
  const { api_key, key_id } = await service.create();
  expect((await service.validate(api_key)).status).toBe(200);
  await service.alter(key_id, 'revoked_at', NOW.toISOString());
  expect((await explain({ api_key })).body.verdict.code).toBe('revoked');
});

test('takes no address in place of a client_ip that was not given', async () => {
  const { key_id } = await service.create({ allowed_ips: ['10.0.0.0/8'] });
  const { body } = await explain({ key_id, client_ip: null });
  expect(body.checks.find(({ check }: { check: string }) => check === 'address')).toEqual({
    check: 'address',
    result: 'not_checked',
    code: null,
    reason:
      'The key may be used from 10.0.0.0/8; client_ip was not given: send the address that the service saw.',
  });
  expect(body.verdict.is_valid).toBe(true);
});

test.each([
  ['in upper case', (keyId: string) => keyId.toUpperCase(), true],
  ['that is no UUID', () => 'x', false],
  ['with a control character', () => '\u0000', false],
  ['that is too long for DynamoDB', () => 'x'.repeat(3000), false],
])('accepts a key_id %s', async (_, spell, exists) => {
  const { key_id } = await service.create();
  const { status, body } = await explain({ key_id: spell(key_id) });
  expect([status, body.key !== null]).toEqual([200, exists]);
});

test('shows the counters that a successor will take over, without making it do so', async () => {
  const old = await service.create({ monthly_prediction_limit: 10 });
  await service.validate(old.api_key);
  await service.addTo(old.key_id, 'predictions_202611', 4);
  const rotate = (keyId: string, body?: object) =>
    service.call('POST', `/api/v1/keys/${keyId}/rotate`, { body });
  const { body: next } = await rotate(old.key_id, { grace_period_minutes: 60 });
  const stored = await service.item(next.key_id);
  expect(stored).toMatchObject({ inherits_from: old.key_id });
  const shared = {
    hour: { limit: 1000, used: 1, remaining: 999, ...HOUR },
    month: { limit: 10, used: 4, remaining: 6, ...MONTH },
    counted_on: next.key_id,
  };
  service.dynamodb.actions.length = 0;
  for (const { key_id } of [old, next]) {
    expect((await explain({ key_id })).body.limits).toEqual(shared);
  }
  expect(service.dynamodb.actions).toEqual(Array(5).fill('GetItem'));
  expect(await service.item(next.key_id)).toEqual(stored);

  expect((await service.validate(old.api_key)).status).toBe(200);
  const { body: last } = await rotate(next.key_id);
  for (const { key_id } of [old, next, last]) {
    expect((await explain({ key_id })).body.limits).toMatchObject({
      hour: { used: 2 },
      month: { used: 4 },
      counted_on: last.key_id,
    });
  }
});

test('shows unused limits of a successor whose predecessor is gone', async () => {
  const old = await service.create();
  const { body: next } = await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`);
  await service.remove(old.key_id);
  const { status, body } = await explain({ key_id: next.key_id });
  expect([status, body.limits.hour.used, body.limits.month.used]).toEqual([200, 0, 0]);
});

test('logs which key was explained, and counts no validation', async () => {
  const { key_id, key_info, api_key } = await service.create();
  const lines = await logLines(async () => {
    await explain({ api_key, service_id: 'website' });
    await explain({ key_id: 'x' });
  });
  const { key_prefix } = key_info;
  expect(lines).toMatchObject([{ status: 200, key_id, key_prefix }, { status: 200 }]);
  expect(lines.map(({ code }) => code)).toEqual([undefined, undefined]);
  expect(countedIn(lines)).toEqual([{ TokenRequests: 1 }, { TokenRequests: 1 }]);
});

test.each([
  ['neither key_id nor api_key', () => ({ service_id: 'prediction' })],
  ['empty ones', () => ({ key_id: '', api_key: '' })],
  ['null', () => ({ key_id: null })],
  ['both', (key: object) => key],
])('rejects %s with 400', async (_, bodyOf) => {
  const { api_key, key_id } = await service.create();
  const message = 'must have either key_id or api_key (the whole key), and not both';
  expect(await explain(bodyOf({ api_key, key_id }))).toEqual(
    problem(400, 'Bad Request', `body: ${message}`, { errors: [{ field: 'body', message }] }),
  );
});

test('rejects fields of a validation that would change nothing with 400', async () => {
  const message = 'is not a field of this request';
  expect(await explain({ key_id: 'x', lease_requests: 5 })).toEqual(
    problem(400, 'Bad Request', `lease_requests: ${message}`, {
      errors: [{ field: 'lease_requests', message }],
    }),
  );
});
