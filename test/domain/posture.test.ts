import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findingsOf, KEY_CHECKS, type KeyCheck, unusedDays } from '../../lib/domain/posture.ts';
import { postureReport } from '../../lib/domain/posture-report.ts';
import { assessPage, EMPTY_SUMMARY } from '../../lib/domain/posture-summary.ts';
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

test('a key that cannot be used has no finding, and no two findings contradict each other', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const found = findingsOf(key, NOW);
      const both = (a: KeyCheck, b: KeyCheck) => found.includes(a) && found.includes(b);
      const ended = [key.expires_at, key.grace_ends_at].some(
        (at) => at !== null && at <= NOW.toISOString(),
      );
      if (ended || key.revoked_at || key.suspended_at) expect(found).toEqual([]);
      expect(both('rotation_overdue', 'rotation_due_soon')).toBe(false);
      expect(both('rotation_overdue', 'in_grace')).toBe(false);
      expect(both('open_allowlist', 'wide_allowlist')).toBe(false);
      expect(both('no_allowlist', 'open_allowlist')).toBe(false);
      expect(both('never_used', 'unused_90_days')).toBe(false);
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
    healthy({ ...graceful, last_used_at: daysAgo(1) }),
    healthy(graceful),
  ];
  const { summary } = assessPage(EMPTY_SUMMARY, page, NOW);
  expect(postureReport({ ...facts, summary }, NOW)).toContainEqual({
    check: 'in_grace',
    status: 'attention',
    count: 3,
    message:
      'Rotated keys in their grace period: 3. Used in the 24 hours before the check: 1. Revoke each once its callers use the new key.',
    keys: page.map(({ key_id, name, key_prefix }) => ({ key_id, name, key_prefix })),
  });
});
