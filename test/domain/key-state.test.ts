import { expect, test } from '@jest/globals';
import { isExpired, isRevoked, rotationDueAt } from '../../lib/domain/key-state.ts';
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
  const inGrace = describeKey(aRecord({ grace_ends_at: end }), NOW);
  expect(inGrace).toMatchObject({ is_active: !ended, revoked_at: end });
  expect(describeKey(aRecord({ expires_at: end }), NOW).is_active).toBe(true);
});

test.each([
  ['a millisecond ago', fromNow(-1)],
  ['now', fromNow(0)],
  ['a millisecond from now', fromNow(1)],
])('a key that was revoked %s is revoked, whatever the clock says', (_, revoked_at) => {
  expect(isRevoked({ revoked_at, grace_ends_at: fromNow(1) }, NOW)).toBe(true);
  expect(describeKey(aRecord({ revoked_at }), NOW)).toMatchObject({ is_active: false, revoked_at });
});
