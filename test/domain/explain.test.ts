import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAllowlist } from '../../lib/domain/allowlist.ts';
import { decide } from '../../lib/domain/decide.ts';
import { CHECK_NAMES, explain } from '../../lib/domain/explain.ts';
import type { CheckName, Facts, FoundKey } from '../../lib/domain/explain-facts.ts';
import { generateKey, parseKey } from '../../lib/domain/key.ts';
import { type Counters, limitUses, reachedLimit } from '../../lib/domain/limits.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

const HOUR = 'requests_2026112318';
const MONTH = 'predictions_202611';
const KEY = generateKey('production', (bound) => bound >> 1);
const KEY_ID = aRecord().key_id;
const byId = { kind: 'key_id', keyId: KEY_ID } as const;

function found(
  record: KeyRecord,
  counters: Counters = {},
  isSecretRight: boolean | undefined = undefined,
): FoundKey {
  return {
    record,
    allows: compileAllowlist(record.allowed_ips),
    isSecretRight,
    limits: limitUses(record, counters, NOW),
    countedOn: record.key_id,
  };
}

const explained = (facts: Partial<Facts>) =>
  explain({
    presented: byId,
    found: undefined,
    request: {},
    environments: ['production', 'test'],
    now: NOW,
    ...facts,
  });

const optional = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const nullable = <T>(...values: T[]) => fc.constantFrom(null, null, null, ...values);

const records = fc
  .record({
    service_id: fc.constantFrom('prediction', 'website'),
    scopes: fc.constantFrom([], ['read'], ['read', 'write']),
    allowed_ips: nullable(['10.0.0.0/8'], ['203.0.113.7']),
    rate_limit_per_hour: fc.constantFrom(10, 1000),
    monthly_prediction_limit: nullable(5, 10),
    overage_allowed: fc.boolean(),
    expires_at: nullable(fromNow(-1), fromNow(0), fromNow(1)),
    revoked_at: nullable(fromNow(-1)),
    grace_ends_at: nullable(fromNow(0), fromNow(1)),
  })
  .map((changes) => aRecord(changes));

const requests = fc.record({
  service_id: optional('prediction', 'website'),
  environment: optional('production', 'test'),
  required_scope: optional('read', 'write'),
  client_ip: fc.constantFrom('10.1.2.3', '203.0.113.7', ''),
});

const countersOfKeys = fc.record({
  [HOUR]: fc.integer({ min: 8, max: 11 }),
  [MONTH]: fc.integer({ min: 4, max: 11 }),
});

test('the verdict is that of a validation, for any key, request and counters', () => {
  const seen = new Set<string | undefined>();
  fc.assert(
    fc.property(records, requests, countersOfKeys, (record, asked, counters) => {
      const given = Object.entries(asked).filter(([, value]) => value !== undefined);
      const request = Object.fromEntries(given) as { client_ip: string };
      const key = found(record, counters);
      const decision = decide(record, key.allows, request, NOW);
      const expected =
        decision.kind === 'refused' ? decision.code : reachedLimit(record, counters, NOW)?.code;
      const { refusal, checks } = explained({ found: key, request });
      expect(refusal).toBe(expected);
      expect(checks.every(({ result, code }) => (result === 'failed') === (code !== null))).toBe(
        true,
      );
      seen.add(refusal);
    }),
    { seed: 13, numRuns: 1000 },
  );
  expect([...seen].sort()).toEqual([
    'environment_mismatch',
    'expired',
    'insufficient_scope',
    'ip_not_allowed',
    'monthly_limit_exceeded',
    'rate_limited',
    'revoked',
    'service_mismatch',
    undefined,
  ]);
});

test('every check is listed once, in the order of a validation', () => {
  expect(explained({}).checks.map(({ check }) => check)).toEqual(CHECK_NAMES);
  expect(CHECK_NAMES).toEqual([
    'format',
    'deployment',
    'checksum',
    'exists',
    'secret',
    'active',
    'expiry',
    'service',
    'environment',
    'scope',
    'address',
    'hourly_limit',
    'monthly_limit',
  ]);
});

test('an unknown key fails one check, and those of a record are not made', () => {
  const { checks, refusal } = explained({});
  expect(refusal).toBe('invalid_key');
  expect(checks.filter(({ result }) => result === 'failed')).toEqual([
    {
      check: 'exists',
      result: 'failed',
      code: 'invalid_key',
      reason: `This deployment has no key_id ${KEY_ID}.`,
    },
  ]);
  expect(checks.slice(5).map(({ result, reason }) => [result, reason])).toEqual(
    Array(8).fill(['not_checked', 'The key is unknown.']),
  );
});

type Case = [
  check: CheckName,
  result: 'passed' | 'failed' | 'not_checked',
  reason: string,
  facts: Partial<Facts>,
];

const presented = (text: string): Partial<Facts> => {
  const key = parseKey(text);
  return { presented: key ? { kind: 'key', key } : { kind: 'malformed', text } };
};
const of = (record: Partial<KeyRecord>, request: Facts['request'] = {}): Partial<Facts> => ({
  found: found(aRecord(record)),
  request,
});

const counted = (record: Partial<KeyRecord>, counters: Counters): Partial<Facts> => ({
  found: found(aRecord(record), counters),
});
const malformed = {
  alone:
    'There is a key in the text, but not alone: remove spaces, quotes or a word such as Bearer.',
  masked: 'This is the masked form of a key (key_prefix); send its key_id or the whole key.',
};
const unverified = {
  typo: KEY.text.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
  found: { ...of({}).found, isSecretRight: false } as FoundKey,
};
const SIX = ['a', 'b', 'c', 'd', 'e', 'f'];

test.each<Case>([
  ['format', 'passed', 'The text has the format of a key.', presented(KEY.text)],
  ['format', 'failed', malformed.alone, presented(`Bearer ${KEY.text}`)],
  ['format', 'failed', malformed.alone, presented(`${KEY.text}\n`)],
  ['format', 'failed', malformed.alone, presented(`"${KEY.text}"`)],
  ['format', 'failed', malformed.masked, presented('hk_live_AbC***')],
  [
    'format',
    'failed',
    'After hk_live_ there are 31 characters; a key has 32 letters and digits there.',
    presented(KEY.text.slice(0, -1)),
  ],
  [
    'format',
    'failed',
    'After hk_live_ there are 32 characters, 1 of them not letters or digits; a key has 32 letters and digits there.',
    presented(KEY.text.replace(/.$/, '-')),
  ],
  [
    'format',
    'failed',
    'After hk_dev_ there are 3 characters, 3 of them not letters or digits; a key has 32 letters and digits there.',
    presented('hk_dev_-+é'),
  ],
  [
    'format',
    'failed',
    'After hk_test_ there are 33 characters; a key has 32 letters and digits there.',
    presented(`hk_test_${'a'.repeat(33)}`),
  ],
  ['format', 'failed', malformed.masked, presented('hk_x*')],
  [
    'format',
    'failed',
    'The text has 4 characters and does not begin with hk_live_, hk_test_ or hk_dev_.',
    presented('hk_*'),
  ],
  [
    'format',
    'failed',
    'The text has 10 characters and does not begin with hk_live_, hk_test_ or hk_dev_.',
    presented('key: hk_x*'),
  ],
  [
    'format',
    'failed',
    'The text has 11 characters and does not begin with hk_live_, hk_test_ or hk_dev_.',
    presented(' hk_live_Ab'),
  ],
  [
    'format',
    'failed',
    'After hk_live_ there are 5 characters, 3 of them not letters or digits; a key has 32 letters and digits there.',
    presented('hk_live_*A**b'),
  ],
  [
    'format',
    'not_checked',
    'Only a key_id was given; send the key itself as api_key to check this.',
    {},
  ],
  [
    'format',
    'failed',
    'The text has 9 characters and does not begin with hk_live_, hk_test_ or hk_dev_.',
    presented('sk-123456'),
  ],
  [
    'deployment',
    'failed',
    'The key is for development; this deployment accepts keys for production, test.',
    of({ environment: 'development' }),
  ],
  [
    'deployment',
    'passed',
    'The key is for production; this deployment accepts keys for production, test.',
    presented(KEY.text),
  ],
  ['deployment', 'not_checked', 'The environment of the key is unknown.', {}],
  ['checksum', 'passed', 'The last six characters fit the rest of the key.', presented(KEY.text)],
  [
    'checksum',
    'failed',
    'The last six characters do not fit the rest: a character is wrong, or the key was made up.',
    presented(unverified.typo),
  ],
  ['checksum', 'not_checked', 'The key is malformed.', presented('x')],
  [
    'checksum',
    'not_checked',
    'Only a key_id was given; send the key itself as api_key to check this.',
    {},
  ],
  ['exists', 'passed', `hk_live_012*** has the key_id ${KEY_ID}.`, of({})],
  ['exists', 'not_checked', 'The key is malformed.', presented('x')],
  [
    'exists',
    'failed',
    `This deployment has no key_id ${KEY.keyId}, to which the first seven characters after the prefix lead: the key was never issued here, or one of them is wrong.`,
    presented(KEY.text),
  ],
  [
    'exists',
    'failed',
    'The key_id is not a UUID, so no key has it; send a key itself as api_key.',
    { presented: { kind: 'key_id', keyId: KEY.text } },
  ],
  [
    'secret',
    'failed',
    'It begins like the key that was issued, but the rest differs: it was copied wrongly, or guessed.',
    { ...presented(unverified.typo), found: unverified.found },
  ],
  [
    'secret',
    'passed',
    'It is the key that was issued.',
    { ...presented(KEY.text), found: { ...unverified.found, isSecretRight: true } },
  ],
  ['secret', 'not_checked', 'The key is malformed.', presented('x')],
  ['secret', 'not_checked', 'The key is unknown.', presented(KEY.text)],
  [
    'secret',
    'not_checked',
    'Only a key_id was given; send the key itself as api_key to check this.',
    of({}),
  ],
  ['active', 'failed', `The key was revoked at ${fromNow(-1)}.`, of({ revoked_at: fromNow(-1) })],
  [
    'active',
    'failed',
    `The key was rotated to next at ${fromNow(-1)}, without a grace period.`,
    of({ revoked_at: fromNow(-1), rotated_to: 'next' }),
  ],
  [
    'active',
    'failed',
    `The key was revoked at ${fromNow(-1)}.`,
    of({ revoked_at: fromNow(-1), rotated_to: 'next', grace_ends_at: fromNow(1) }),
  ],
  [
    'active',
    'failed',
    `The key was rotated to next; its grace period ended at ${fromNow(0)}.`,
    of({ rotated_to: 'next', grace_ends_at: fromNow(0) }),
  ],
  [
    'active',
    'passed',
    `The key was rotated to next; its grace period lasts until ${fromNow(1)}.`,
    of({ rotated_to: 'next', grace_ends_at: fromNow(1) }),
  ],
  ['active', 'passed', 'The key was neither revoked nor rotated.', of({})],
  [
    'active',
    'failed',
    `The key was suspended at ${fromNow(1)}.`,
    of({ suspended_at: fromNow(1), rotated_to: 'next', grace_ends_at: fromNow(1) }),
  ],
  [
    'active',
    'failed',
    `The key was rotated to next; its grace period ended at ${fromNow(0)}.`,
    of({ suspended_at: fromNow(-1), rotated_to: 'next', grace_ends_at: fromNow(0) }),
  ],
  ['expiry', 'passed', 'The key never expires.', of({})],
  ['expiry', 'passed', `The key expires at ${fromNow(1)}.`, of({ expires_at: fromNow(1) })],
  ['expiry', 'failed', `The key expired at ${fromNow(0)}.`, of({ expires_at: fromNow(0) })],
  [
    'service',
    'failed',
    'The key is for prediction; the request is for "prediction ".',
    of({}, { service_id: 'prediction ' }),
  ],
  [
    'service',
    'not_checked',
    'The key is for prediction; service_id was not given: send the service that was called.',
    of({}),
  ],
  [
    'environment',
    'passed',
    'The key is for production; the request is for production.',
    of({}, { environment: 'production' }),
  ],
  [
    'environment',
    'not_checked',
    'The key is for production; environment was not given: send the environment of the service that was called.',
    of({}),
  ],
  [
    'scope',
    'failed',
    'The key has the scopes a, b, c, d, e and 1 more; the request needs "".',
    of({ scopes: SIX }, { required_scope: '' }),
  ],
  [
    'scope',
    'not_checked',
    'The key has the scopes a, b, c, d, e; required_scope was not given: send the scope that the request needs.',
    of({ scopes: SIX.slice(0, 5) }),
  ],
  [
    'scope',
    'passed',
    'The key has no scopes, so it passes every required_scope; the request needs read.',
    of({}, { required_scope: 'read' }),
  ],
  [
    'scope',
    'failed',
    `The key has the scopes read; the request needs "${'x'.repeat(100)}…".`,
    of({ scopes: ['read'] }, { required_scope: 'x'.repeat(101) }),
  ],
  [
    'scope',
    'failed',
    `The key has the scopes read; the request needs ${'x'.repeat(100)}.`,
    of({ scopes: ['read'] }, { required_scope: 'x'.repeat(100) }),
  ],
  [
    'scope',
    'failed',
    'The key has the scopes read; the request needs " a".',
    of({ scopes: ['read'] }, { required_scope: ' a' }),
  ],
  [
    'scope',
    'failed',
    'The key has the scopes read; the request needs model-1.x:/y_Z.',
    of({ scopes: ['read'] }, { required_scope: 'model-1.x:/y_Z' }),
  ],
  [
    'address',
    'passed',
    'The key may be used from any address; the request came from 203.0.113.7.',
    of({}, { client_ip: '203.0.113.7' }),
  ],
  [
    'address',
    'not_checked',
    'The key may be used from any address; client_ip was not given: send the address that the service saw.',
    of({ allowed_ips: [] }),
  ],
  [
    'address',
    'failed',
    'The key may be used from 10.0.0.0/8; client_ip is 10.0.0.1:443, which is not an IP address.',
    of({ allowed_ips: ['10.0.0.0/8'] }, { client_ip: '10.0.0.1:443' }),
  ],
  [
    'hourly_limit',
    'failed',
    '11 of 10 validations are used in the hour that ends at 2026-11-23T19:00:00.000Z.',
    counted({ rate_limit_per_hour: 10 }, { [HOUR]: 11 }),
  ],
  ['monthly_limit', 'passed', 'The key has no monthly limit.', of({})],
  [
    'monthly_limit',
    'failed',
    '5 of 5 predictions are used in the month that ends at 2026-12-01T00:00:00.000Z.',
    counted({ monthly_prediction_limit: 5 }, { [MONTH]: 5 }),
  ],
  [
    'monthly_limit',
    'passed',
    '6 of 5 predictions are used in the month that ends at 2026-12-01T00:00:00.000Z; overage_allowed is true, so it may go on.',
    counted({ monthly_prediction_limit: 5, overage_allowed: true }, { [MONTH]: 6 }),
  ],
])('the check %s is %s: %s', (check, result, reason, facts) => {
  const outcome = explained(facts).checks.find((one) => one.check === check);
  expect(outcome).toMatchObject({ result, reason });
});

test.each<[CheckName, string, Partial<Facts>]>([
  ['format', 'invalid_key', presented('x')],
  ['deployment', 'environment_mismatch', of({ environment: 'development' })],
  ['checksum', 'invalid_key', presented(unverified.typo)],
  ['exists', 'invalid_key', presented(KEY.text)],
  ['secret', 'invalid_key', { ...presented(KEY.text), found: unverified.found }],
])('a key that fails the check %s is refused with %s', (check, code, facts) => {
  expect(explained(facts).checks.find((one) => one.check === check)).toMatchObject({ code });
});

test.each(['service_id', 'environment', 'required_scope', 'client_ip'] as const)(
  'a key that was sent as %s is masked',
  (field) => {
    const { checks } = explained(of({ scopes: ['read'] }, { [field]: KEY.text }));
    const reasons = checks.map(({ reason }) => reason).join();
    expect(reasons).toContain(KEY.text.slice(0, 11));
    expect(reasons).not.toContain(KEY.text.slice(0, 12));
  },
);
