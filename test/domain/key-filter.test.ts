import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type KeyFilter, matchesFilter, placeOf } from '../../lib/domain/key-filter.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { DAY_MS } from '../../lib/domain/time.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

const old = { created_at: fromNow(-90 * DAY_MS) };
const young = { created_at: fromNow(-90 * DAY_MS + 1) };
const due = { rotation_due: true };
const active = { active_only: true };
test.each<[Partial<KeyRecord>, KeyFilter, boolean]>([
  [{}, {}, true],
  [{ revoked_at: fromNow(0), expires_at: fromNow(0) }, {}, true],
  [{ revoked_at: fromNow(0) }, { active_only: false, rotation_due: false }, true],
  [{ service_id: 'website' }, { service_id: 'website' }, true],
  [{ service_id: 'website' }, { service_id: 'web' }, false],
  [{ environment: 'test' }, { environment: 'test' }, true],
  [{ environment: 'test' }, { environment: 'production' }, false],
  [{ revoked_at: fromNow(0) }, active, false],
  [{ grace_ends_at: fromNow(0) }, active, false],
  [{ grace_ends_at: fromNow(1) }, active, true],
  [{ suspended_at: fromNow(0) }, active, false],
  [{ suspended_at: fromNow(1) }, active, false],
  [{ expires_at: fromNow(0) }, active, false],
  [{ expires_at: fromNow(1) }, active, true],
  [old, due, true],
  [young, due, false],
  [{ ...old, grace_ends_at: fromNow(1) }, due, false],
  [{ ...old, environment: 'test' }, due, false],
  [{ environment: 'test', created_at: fromNow(-180 * DAY_MS) }, due, true],
  [{ environment: 'development', created_at: fromNow(-999 * DAY_MS) }, due, false],
  [{ ...old, revoked_at: fromNow(0) }, due, false],
  [{ ...old, expires_at: fromNow(0) }, due, false],
  [{ ...old, suspended_at: fromNow(0) }, due, false],
  [{ user_id: 'someone' }, { user_id: 'someone' }, true],
  [{ user_id: 'someone' }, { user_id: 'some' }, false],
  [{ key_prefix: 'hk_live_AbC***' }, { key_prefix: 'hk_live_AbC***' }, true],
  [{ key_prefix: 'hk_live_AbC***' }, { key_prefix: 'hk_live_abc***' }, false],
  [{ name: 'Nightly ÜBERSICHT' }, { name: 'übersicht' }, true],
  [{ name: 'nightly' }, { name: 'GHT' }, true],
  [{ name: 'nightly' }, { name: 'nightly ' }, false],
  [old, { ...due, ...active, service_id: 'prediction', environment: 'production' }, true],
  [old, { ...due, ...active, service_id: 'prediction', environment: 'test' }, false],
  [old, { ...due, ...active, service_id: 'website', environment: 'production' }, false],
])('a key with %j passes the filter %j: %p', (changes, filter, passes) => {
  expect(matchesFilter(aRecord(changes), filter, NOW)).toBe(passes);
});

/** Each is a part of a filter with the keys that pass it alone. */
const parts: [KeyFilter, (key: KeyRecord) => boolean][] = [
  [{ service_id: 'website' }, (key) => key.service_id === 'website'],
  [{ environment: 'test' }, (key) => key.environment === 'test'],
  [{ user_id: 'someone' }, (key) => key.user_id === 'someone'],
  [{ key_prefix: 'hk_live_AbC***' }, (key) => key.key_prefix === 'hk_live_AbC***'],
  [{ name: 'JOB' }, (key) => /job/i.test(key.name)],
  [
    active,
    ({ revoked_at, suspended_at, grace_ends_at, expires_at }) =>
      revoked_at === null &&
      suspended_at === null &&
      [grace_ends_at, expires_at].every((end) => end === null || end > fromNow(0)),
  ],
];
const end = fc.constantFrom(null, fromNow(-1), fromNow(0), fromNow(1));
const keys = fc
  .record({
    service_id: fc.constantFrom('website', 'prediction'),
    environment: fc.constantFrom('production', 'test'),
    user_id: fc.constantFrom('someone', 'someone else'),
    key_prefix: fc.constantFrom('hk_live_AbC***', 'hk_test_AbC***'),
    name: fc.constantFrom('job', 'a JOB at night', 'jo b', ''),
    revoked_at: end,
    suspended_at: end,
    grace_ends_at: end,
    expires_at: end,
  })
  .map(aRecord);

test('a key passes a filter if it passes each of its parts', () => {
  fc.assert(
    fc.property(keys, fc.subarray(parts), (key, chosen) => {
      const filter = Object.assign({}, ...chosen.map(([part]) => part));
      expect(matchesFilter(key, filter, NOW)).toBe(chosen.every(([, passes]) => passes(key)));
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test('places sort like the listing, by creation and then by key_id', () => {
  const place = placeOf({ created_at: fromNow(0), key_id: 'b' });
  expect(place).toBe(`${fromNow(0)} b`);
  expect(place > placeOf({ created_at: fromNow(0), key_id: 'a' })).toBe(true);
  expect(place > placeOf({ created_at: fromNow(-1), key_id: 'c' })).toBe(true);
});
