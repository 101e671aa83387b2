import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leaseMilliseconds, longestLease } from '../../lib/domain/lease.ts';
import { aRecord } from './fixtures.ts';

const NOW = new Date('2026-11-23T18:30:00.000Z');
const AT = (time: string) => new Date(`2026-11-23T${time}Z`);

test.each([
  ['the stage’s longest', {}, NOW, 1500],
  ['up to the end of the hour', {}, AT('18:59:59.400'), 600],
  ['the last millisecond of an hour', {}, AT('18:59:59.999'), 1],
  ['the first millisecond of an hour', {}, AT('19:00:00.000'), 1500],
  ['up to the expiry', { expires_at: '2026-11-23T18:30:00.250Z' }, NOW, 250],
  [
    'up to the end of the grace period',
    { rotated_to: 'x', grace_ends_at: '2026-11-23T18:30:01.000Z' },
    NOW,
    1000,
  ],
  [
    'none with a month counted elsewhere',
    { rotated_to: 'x', grace_ends_at: '2026-11-24T00:00:00.000Z', monthly_prediction_limit: 5 },
    NOW,
    undefined,
  ],
  ['with a month counted on its own item', { monthly_prediction_limit: 5 }, NOW, 1500],
  [
    'with a month counted elsewhere that may be exceeded',
    {
      rotated_to: 'x',
      grace_ends_at: '2026-11-24T00:00:00.000Z',
      monthly_prediction_limit: 5,
      overage_allowed: true,
    },
    NOW,
    1500,
  ],
])('%s', (_, fields, now, expected) => {
  expect(leaseMilliseconds(aRecord(fields), 1500, now)).toBe(expected);
});

test('grants none where the stage grants none', () => {
  expect(leaseMilliseconds(aRecord({}), 0, NOW)).toBeUndefined();
});

test('never crosses the hour or the end of the key', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 7_200_000 }),
      fc.integer({ min: 1, max: 9_000 }),
      fc.integer({ min: 1, max: 2000 }),
      (offset, life, longest) => {
        const now = new Date(NOW.getTime() + offset);
        const expires = new Date(now.getTime() + life);
        const ms =
          leaseMilliseconds(aRecord({ expires_at: expires.toISOString() }), longest, now) ?? 0;
        const end = new Date(now.getTime() + ms - 1);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(longest);
        expect(end.getUTCHours()).toBe(now.getUTCHours());
        expect(end.getTime()).toBeLessThan(expires.getTime());
      },
    ),
  );
});

test.each([
  [[], 0],
  [[500], 500],
  [[500, 1500, 1000], 1500],
])('a change waits for the longest of leases of %j ms: %i ms', (lengths, longest) => {
  expect(longestLease({ lengths, granted: 9, ended: 0 })).toBe(longest);
});
