import { expect, test } from '@jest/globals';
import { describeKey } from '../../lib/http/describe-key.ts';
import { aRecord, configuration, fromNow, initialState, NOW } from '../domain/fixtures.ts';

test('a description has every field of a key except its verifiers and counters', () => {
  const {
    expires_in_days: _,
    version: __,
    grace_ends_at: ___,
    ...shown
  } = aRecord({ ...configuration, ...initialState });
  const record = {
    ...aRecord({ ...configuration, ...initialState }),
    hash: '$2b$04$hash',
    digest: Uint8Array.of(1),
    pepper: 'v1',
    requests_2026112318: 5,
  };
  expect(describeKey({ record }, NOW)).toEqual({
    ...shown,
    is_active: true,
    rotation_due_at: '2027-05-22T18:30:00.000Z',
    used_from: null,
  });
});

test('a suspended key is not active', () => {
  const record = aRecord({ suspended_at: fromNow(1) });
  expect(describeKey({ record }, NOW)).toMatchObject({
    is_active: false,
    suspended_at: fromNow(1),
    revoked_at: null,
  });
});

test('a key with a grace period shows its addresses, newest first, also after it', () => {
  const usedFrom = { '203.0.113.7': fromNow(-2), '2001:db8::1': fromNow(-1) };
  for (const grace_ends_at of [fromNow(1), fromNow(-1)]) {
    expect(describeKey({ record: aRecord({ grace_ends_at }), usedFrom }, NOW).used_from).toEqual([
      { address: '2001:db8::1', last_used_at: fromNow(-1) },
      { address: '203.0.113.7', last_used_at: fromNow(-2) },
    ]);
  }
  expect(describeKey({ record: aRecord(), usedFrom }, NOW).used_from).toBeNull();
});
