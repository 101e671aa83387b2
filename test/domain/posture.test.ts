import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findingsOf, KEY_CHECKS, type KeyCheck, unusedDays } from '../../lib/domain/posture.ts';
import { postureReport } from '../../lib/domain/posture-report.ts';
import { assessPage, EMPTY_SUMMARY, type Summary } from '../../lib/domain/posture-summary.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { DAY_MS, HOUR_MS } from '../../lib/domain/time.ts';
import { USE_CASE_NAMES, USE_CASES } from '../../lib/domain/use-case.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

/** A key without a finding. */
const healthy = (changes: Partial<KeyRecord> = {}) => aRecord({ scopes: ['read'], ...changes });
const daysAgo = (days: number, ms = 0) => fromNow(-days * DAY_MS - ms);
const used = { last_used_at: fromNow(-1) };

test.each<[Partial<KeyRecord>, KeyCheck[]]>([
  [{}, []],
  [{ scopes: [] }, ['no_scopes']],
  [{ ...used, created_at: daysAgo(90) }, ['rotation_overdue']],
  [{ ...used, created_at: daysAgo(90, -1) }, ['rotation_due_soon']],
  [{ ...used, created_at: daysAgo(76) }, ['rotation_due_soon']],
  [{ ...used, created_at: daysAgo(76, -1) }, []],
  [{ ...used, created_at: daysAgo(999), environment: 'development' }, []],
  [{ ...used, created_at: daysAgo(90), grace_ends_at: fromNow(1) }, ['in_grace']],
  [{ ...used, created_at: daysAgo(90), grace_ends_at: fromNow(0) }, []],
  [{ rate_limit_per_hour: 5000 }, ['no_allowlist']],
  [{ rate_limit_per_hour: 4999 }, []],
  [{ use_case: 'internal', rate_limit_per_hour: 10_000 }, ['no_allowlist']],
  [{ use_case: 'batch', rate_limit_per_hour: 4999 }, ['no_allowlist', 'limit_outside_band']],
  [{ use_case: 'internal', rate_limit_per_hour: 4999 }, ['no_allowlist', 'limit_outside_band']],
  [{ use_case: 'batch', rate_limit_per_hour: 5000, allowed_ips: ['192.0.2.1'] }, []],
  [{ use_case: 'batch', rate_limit_per_hour: 5000, allowed_ips: ['::/0'] }, ['open_allowlist']],
  [{ allowed_ips: ['10.0.0.0/16'] }, []],
  [{ allowed_ips: ['10.0.0.0/15'] }, ['wide_allowlist']],
  [{ created_at: daysAgo(30) }, ['never_used']],
  [{ created_at: daysAgo(30, -1) }, []],
  [{ created_at: daysAgo(91), environment: 'test', last_used_at: daysAgo(90) }, ['unused_90_days']],
  [{ created_at: daysAgo(91), environment: 'test', last_used_at: daysAgo(90, -1) }, []],
])('a key with %j has the findings %j', (changes, findings) => {
  expect(findingsOf(healthy(changes), NOW)).toEqual(findings);
});

test.each(USE_CASE_NAMES)('the hourly limit of a key for %s belongs in its band', (use_case) => {
  const { min, max } = USE_CASES[use_case].band;
  const isOutside = (rate_limit_per_hour: number) =>
    findingsOf(healthy({ use_case, rate_limit_per_hour }), NOW).includes('limit_outside_band');
  expect([min - 1, min, max, max + 1].map(isOutside)).toEqual([true, false, false, true]);
});

const time = fc.integer({ min: -400, max: 30 }).map((days) => fromNow(days * DAY_MS));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const anyKey = fc
  .record({
    created_at: fc.integer({ min: -400, max: 0 }).map((days) => fromNow(days * DAY_MS)),
    environment: fc.constantFrom('production', 'test', 'development'),
    scopes: fc.constantFrom<string[]>([], ['read']),
    allowed_ips: fc.constantFrom(null, [], ['192.0.2.1'], ['10.0.0.0/8'], ['0.0.0.0/0']),
    use_case: maybe(fc.constantFrom(...USE_CASE_NAMES)),
    rate_limit_per_hour: fc.constantFrom(10, 100, 1000, 5000, 20_000, 100_000),
    last_used_at: maybe(time.filter((at) => at <= NOW.toISOString())),
    expires_at: maybe(time),
    revoked_at: fc.option(time, { nil: null, freq: 4 }),
    suspended_at: fc.option(time, { nil: null, freq: 4 }),
    grace_ends_at: maybe(time),
  })
  .map((fields) => aRecord(fields as Partial<KeyRecord>));

const CONTRADICTIONS: readonly (readonly KeyCheck[])[] = [
  ['rotation_overdue', 'rotation_due_soon'],
  ['rotation_overdue', 'in_grace'],
  ['open_allowlist', 'wide_allowlist'],
  ['no_allowlist', 'open_allowlist'],
  ['never_used', 'unused_90_days'],
];

test('a key that cannot be used has no finding, and no two findings contradict each other', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const found = findingsOf(key, NOW);
      const ended = [key.expires_at, key.grace_ends_at].some(
        (at) => at !== null && at <= NOW.toISOString(),
      );
      if (ended || key.revoked_at || key.suspended_at) expect(found).toEqual([]);
      expect(CONTRADICTIONS.filter((two) => two.every((check) => found.includes(check)))).toEqual(
        [],
      );
      expect(found).toEqual(KEY_CHECKS.filter((check) => found.includes(check)));
    }),
    { seed: 20261128, numRuns: 2000 },
  );
});

test('a summary does not depend on how the keys are divided into pages', () => {
  fc.assert(
    fc.property(
      fc.array(anyKey, { maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (keys, size) => {
        let paged = EMPTY_SUMMARY;
        const found = new Map<string, string[]>();
        let unused = 0;
        for (let i = 0; i < keys.length; i += size) {
          const { summary, findings } = assessPage(paged, keys.slice(i, i + size), NOW);
          paged = summary;
          unused += findings.unused.length;
          for (const check of KEY_CHECKS) {
            const ids = findings.found[check].map(({ key_id }) => key_id);
            found.set(check, [...(found.get(check) ?? []), ...ids]);
          }
        }
        expect(paged).toEqual(assessPage(EMPTY_SUMMARY, keys, NOW).summary);
        for (const check of KEY_CHECKS) {
          const { count, newest } = paged.checks[check];
          expect(count).toBe(keys.filter((key) => findingsOf(key, NOW).includes(check)).length);
          expect(found.get(check) ?? []).toHaveLength(count);
          expect(newest).toHaveLength(Math.min(10, count));
        }
        expect(unused).toBeLessThanOrEqual(paged.keys);
      },
    ),
    { seed: 20261128, numRuns: 100 },
  );
});

test('a page lists the keys that were not used for a day, with the time of their last use', () => {
  const never = healthy({ created_at: daysAgo(1) });
  const once = healthy({ created_at: daysAgo(9), last_used_at: daysAgo(2) });
  const lately = healthy({ created_at: daysAgo(9), last_used_at: daysAgo(1, -1) });
  expect(unusedDays(once, NOW)).toBe(2);
  const { findings } = assessPage(EMPTY_SUMMARY, [never, once, lately], NOW);
  expect(findings.unused).toEqual([
    { created_at: never.created_at, key_id: never.key_id, since: never.created_at },
    { created_at: once.created_at, key_id: once.key_id, since: once.last_used_at },
  ]);
});

const none = { count: 0, isMinimum: false };
const facts = {
  summary: EMPTY_SUMMARY,
  ended: { ...none, newest: [] },
  foreignKeys: none,
  adminFailures: none,
  adminTokenFrom: NOW,
  adminTokenRotationDays: 30,
  pepperFrom: NOW,
};
const statusOf = (changes: object, name: string) => {
  const found = postureReport({ ...facts, ...changes }, NOW).find(({ check }) => check === name);
  return [found?.status, found?.count];
};
const old = (days: number) => new Date(NOW.getTime() - days * DAY_MS);

test.each<[object, string, string, number | null]>([
  [{ adminTokenFrom: old(30.9) }, 'admin_token_age', 'ok', 30],
  [{ adminTokenFrom: old(31) }, 'admin_token_age', 'attention', 31],
  [{ adminTokenFrom: old(36.9) }, 'admin_token_age', 'attention', 36],
  [{ adminTokenFrom: old(37) }, 'admin_token_age', 'problem', 37],
  [{ adminTokenFrom: undefined }, 'admin_token_age', 'attention', null],
  [{ adminTokenFrom: old(-1) }, 'admin_token_age', 'ok', 0],
  [{ pepperFrom: old(364.9) }, 'pepper_age', 'ok', 364],
  [{ pepperFrom: old(365) }, 'pepper_age', 'attention', 365],
  [{ pepperFrom: undefined }, 'pepper_age', 'attention', null],
  [{ adminFailures: { count: 99, isMinimum: false } }, 'admin_failures', 'attention', 99],
  [{ adminFailures: { count: 100, isMinimum: false } }, 'admin_failures', 'problem', 100],
  [{ foreignKeys: { count: 1000, isMinimum: true } }, 'foreign_environment', 'attention', 1000],
  [{ ended: { count: 1, isMinimum: false, newest: [] } }, 'ended_key_presented', 'attention', 1],
])('with %j the check %s is %s with a count of %p', (changes, name, status, count) => {
  expect(statusOf(changes, name)).toEqual([status, count]);
});

test('the report says how many of the keys in their grace period are still used', () => {
  const graceful = { created_at: daysAgo(9), grace_ends_at: fromNow(HOUR_MS) };
  const page = [
    healthy({ ...graceful, last_used_at: daysAgo(1, -1) }),
    healthy({ ...graceful, last_used_at: daysAgo(0) }),
    healthy({ ...graceful, last_used_at: daysAgo(1) }),
    healthy(graceful),
  ];
  const { summary } = assessPage(EMPTY_SUMMARY, page, NOW);
  expect(postureReport({ ...facts, summary }, NOW)).toContainEqual({
    check: 'in_grace',
    status: 'attention',
    count: 4,
    message:
      'Rotated keys in their grace period: 4. Used in the 24 hours before the check: 2. Revoke each once its callers use the new key.',
    keys: page.map(({ key_id, name, key_prefix }) => ({ key_id, name, key_prefix })),
  });
});

const { key_id, name, key_prefix } = healthy();
const named = { key_id, name, key_prefix };
const foundTwice = { count: 2, newest: [named, named] };
const summary: Summary = {
  keys: 9,
  used_in_grace: 2,
  checks: {
    ...EMPTY_SUMMARY.checks,
    ...Object.fromEntries(KEY_CHECKS.map((check) => [check, foundTwice])),
  },
};
const reportOf = (changes: object) =>
  postureReport({ ...facts, ...changes }, NOW).map(({ check, status, count, message }) => [
    check,
    status,
    count,
    message,
  ]);
const LEAVE = 'Revoke those that nobody needs.';

test('the report says of each finding what it is and what to do', () => {
  const some = { count: 3, isMinimum: true };
  const changes = {
    summary,
    ended: { count: 1, isMinimum: false, newest: [named] },
    foreignKeys: some,
    adminFailures: { count: 1, isMinimum: false },
    adminTokenFrom: old(1),
    adminTokenRotationDays: 1,
    pepperFrom: old(2),
  };
  expect(reportOf(changes)).toEqual([
    [
      'rotation_overdue',
      'problem',
      2,
      'Keys past their rotation date: 2. Rotate each with a grace period.',
    ],
    [
      'rotation_due_soon',
      'attention',
      2,
      'Keys due for rotation within 14 days: 2. Plan their rotation.',
    ],
    [
      'no_scopes',
      'attention',
      2,
      'Keys without scopes, which may do everything within their service: 2. Give each the scopes that it needs.',
    ],
    [
      'no_allowlist',
      'attention',
      2,
      'Keys of servers without an allowlist: 2. List the addresses that each is used from.',
    ],
    [
      'open_allowlist',
      'problem',
      2,
      'Keys whose allowlist admits every IPv4 or every IPv6 address: 2. List the addresses that each is used from.',
    ],
    [
      'wide_allowlist',
      'attention',
      2,
      'Keys whose allowlist admits more than 65,536 IPv4 addresses: 2. Narrow the ranges.',
    ],
    [
      'limit_outside_band',
      'attention',
      2,
      'Keys whose hourly limit is unusual for their use case: 2. Change the limit or the use case.',
    ],
    [
      'never_used',
      'attention',
      2,
      `Keys that were created 30 days ago or earlier and never used: 2. ${LEAVE}`,
    ],
    ['unused_90_days', 'attention', 2, `Keys that were not used for 90 days: 2. ${LEAVE}`],
    [
      'in_grace',
      'attention',
      2,
      'Rotated keys in their grace period: 2. Used in the 24 hours before the check: 2. Revoke each once its callers use the new key.',
    ],
    [
      'ended_key_presented',
      'attention',
      1,
      'Rotated or revoked keys that were presented in the last 7 days: 1. Find the callers in the log of ValidateKey by the key_id.',
    ],
    [
      'foreign_environment',
      'attention',
      3,
      'Keys presented in the wrong environment in the last 24 hours: at least 3.',
    ],
    [
      'admin_failures',
      'attention',
      1,
      'Requests with wrong credentials of an administrator in the last 24 hours: 1.',
    ],
    ['admin_token_age', 'ok', 1, 'The admin token is 1 day old, and is rotated every 1 day.'],
    ['pepper_age', 'ok', 2, 'The pepper is 2 days old; renew it once a year.'],
  ]);
});

test('the report of a stage without findings is short', () => {
  const report = postureReport(facts, NOW);
  expect(report.map(({ status, count }) => [status, count])).toEqual(Array(15).fill(['ok', 0]));
  expect(report.map(({ message }) => message)).toEqual([
    ...report
      .slice(0, 10)
      .map(() => expect.stringMatching(/^Keys .*: 0\.$|^Rotated keys .*: 0\.$/)),
    'Rotated or revoked keys that were presented in the last 7 days: 0.',
    'Keys presented in the wrong environment in the last 24 hours: 0.',
    'Requests with wrong credentials of an administrator in the last 24 hours: 0.',
    'The admin token is 0 days old, and is rotated every 30 days.',
    'The pepper is 0 days old; renew it once a year.',
  ]);
  expect(report.flatMap(({ keys }) => keys)).toEqual([]);
});

test('the report says what is not known', () => {
  const changes = { summary: undefined, adminTokenFrom: undefined, pepperFrom: undefined };
  expect(reportOf(changes).filter(([, , count]) => count === null)).toEqual([
    ...KEY_CHECKS.map((check) => [
      check,
      'attention',
      null,
      'Not known yet: the daily check of all keys completes within 15 minutes of a deployment.',
    ]),
    ['admin_token_age', 'attention', null, 'The age of the admin token is unknown.'],
    ['pepper_age', 'attention', null, 'The age of the pepper is unknown.'],
  ]);
  expect(postureReport({ ...facts, ...changes }, NOW).flatMap(({ keys }) => keys)).toEqual([]);
});

test('a count that may be higher is none of nothing, and ten keys of a finding are named', () => {
  const least = { count: 0, isMinimum: true, newest: [] };
  expect(reportOf({ ended: least })[10]).toEqual([
    'ended_key_presented',
    'attention',
    0,
    'Rotated or revoked keys that were presented in the last 7 days: at least 0. Find the callers in the log of ValidateKey by the key_id.',
  ]);
  const ended = { count: 11, isMinimum: false, newest: Array(11).fill(named) };
  expect(postureReport({ ...facts, ended }, NOW)[10]?.keys).toEqual(Array(10).fill(named));
});

test('a summary counts the keys in use, and names the first ten of a finding', () => {
  const page = (from: number) =>
    Array.from({ length: 7 }, (_, i) => aRecord({ key_id: `${from + i}` }));
  const ended = aRecord({ revoked_at: fromNow(-1) });
  const first = assessPage(EMPTY_SUMMARY, [ended, ...page(0)], NOW).summary;
  const { keys, checks } = assessPage(first, page(7), NOW).summary;
  expect([keys, checks.no_scopes.count]).toEqual([14, 14]);
  expect(checks.no_scopes.newest.map((key) => key.key_id)).toEqual(
    Array.from({ length: 10 }, (_, i) => `${i}`),
  );
});
