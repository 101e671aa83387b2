import { expect, test } from '@jest/globals';
import { newRecord } from '../../lib/domain/record.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { aRecord, configuration, fromNow, initialState, NOW } from './fixtures.ts';

const identity = { key_id: 'new id', key_prefix: 'hk_test_new***' };

test('a new record has its identity, its configuration and an initial state', () => {
  const expected = { ...configuration, ...identity, ...initialState };
  expect(newRecord(identity, configuration, NOW)).toEqual(expected);
});

test('a record made from an old one takes its configuration and nothing else', () => {
  const old = aRecord({
    ...configuration,
    key_id: 'old id',
    key_prefix: 'hk_test_old***',
    created_at: fromNow(-90 * DAY_MS),
    expires_at: fromNow(-60 * DAY_MS),
    last_used_at: fromNow(-1),
    rotated_from: 'older id',
    rotated_to: 'other id',
    revoked_at: fromNow(-1),
    version: 9,
  });
  const expected = { ...configuration, ...identity, ...initialState, rotated_from: 'old id' };
  expect(newRecord(identity, old, NOW, old)).toEqual(expected);
});

test('the successor of a suspended key is suspended from its creation on', () => {
  const old = aRecord({ suspended_at: fromNow(-1) });
  expect(newRecord(identity, old, NOW, old)).toMatchObject({ suspended_at: NOW.toISOString() });
});
