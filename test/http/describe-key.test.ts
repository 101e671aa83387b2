import { expect, test } from '@jest/globals';
import { describeKey } from '../../lib/http/describe-key.ts';
import { aRecord, configuration, initialState, NOW } from '../domain/fixtures.ts';

test('a description has every field of a key except its verifiers and counters', () => {
  const {
    expires_in_days: _,
    version: __,
    grace_ends_at: ___,
    ...shown
  } = aRecord({ ...configuration, ...initialState });
  const stored = {
    ...aRecord({ ...configuration, ...initialState }),
    hash: '$2b$04$hash',
    digest: Uint8Array.of(1),
    pepper: 'v1',
    requests_2026112318: 5,
  };
  expect(describeKey(stored, NOW)).toEqual({
    ...shown,
    is_active: true,
    rotation_due_at: '2027-05-22T18:30:00.000Z',
  });
});
