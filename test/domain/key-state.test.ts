import { expect, test } from '@jest/globals';
import {
  isExpired,
  isInactive,
  isRevoked,
  mayReport,
  rotationDueAt,
  validUntil,
} from '../../lib/domain/key-state.ts';
import { MINUTE_MS } from '../../lib/domain/time.ts';
import { describeKey } from '../../lib/http/describe-key.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

test.each([
  ['production', '2026-04-01T00:00:00.000Z'],
  ['test', '2026-06-30T00:00:00.000Z'],
  ['development', null],
] as const)('a %s key created at new year is due for rotation at %p', (environment, due) => {
  expect(rotationDueAt({ environment, created_at: '2026-01-01T00:00:00.000Z' })).toBe(due);
});

test.each([
  ['never', false, null],
  ['a millisecond ago', true, fromNow(-1)],
  ['exactly now', true, fromNow(0)],
  ['a millisecond from now', false, fromNow(1)],
])('a key whose end is %s has ended: %p', (_, ended, end) => {
  expect(isExpired({ expires_at: end }, NOW)).toBe(ended);
  expect(isRevoked({ revoked_at: null, grace_ends_at: end }, NOW)).toBe(ended);
  const inGrace = describeKey({ record: aRecord({ grace_ends_at: end }) }, NOW);
  expect(inGrace).toMatchObject({ is_active: !ended, revoked_at: end });
  expect(describeKey({ record: aRecord({ expires_at: end }) }, NOW).is_active).toBe(true);
});

test.each([
  ['a millisecond ago', fromNow(-1)],
  ['now', fromNow(0)],
  ['a millisecond from now', fromNow(1)],
])('a key that was revoked %s is revoked, whatever the clock says', (_, revoked_at) => {
  expect(isRevoked({ revoked_at, grace_ends_at: fromNow(1) }, NOW)).toBe(true);
  expect(describeKey({ record: aRecord({ revoked_at }) }, NOW)).toMatchObject({
    is_active: false,
    revoked_at,
  });
});

test.each([
  ['a millisecond ago', fromNow(-1)],
  ['a millisecond from now', fromNow(1)],
])('a key that was suspended %s is inactive but not revoked', (_, suspended_at) => {
  const record = aRecord({ suspended_at });
  expect([isInactive(record, NOW), isRevoked(record, NOW)]).toEqual([true, false]);
  expect(validUntil({ ...record, expires_at: fromNow(9) })).toBe(suspended_at);
});

test('a key without an end may record its usage and debit', () => {
  expect(mayReport(aRecord(), 'record', NOW)).toBe(true);
  expect(mayReport(aRecord(), 'debit', NOW)).toBe(true);
});

test('a suspended key may record its usage for ten minutes, but not debit', () => {
  const suspended = (ms: number) => aRecord({ suspended_at: fromNow(-ms) });
  expect(mayReport(suspended(10 * MINUTE_MS - 1), 'record', NOW)).toBe(true);
  expect(mayReport(suspended(10 * MINUTE_MS), 'record', NOW)).toBe(false);
  expect(mayReport(suspended(0), 'debit', NOW)).toBe(false);
});
