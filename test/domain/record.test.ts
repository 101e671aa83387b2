import { expect, test } from '@jest/globals';
import { describeKey } from '../../lib/domain/describe-key.ts';
import { type KeyFilter, matchesFilter } from '../../lib/domain/key-filter.ts';
import { isExpired, isRevoked, rotationDueAt } from '../../lib/domain/key-state.ts';
import { type KeyConfiguration, type KeyRecord, newRecord } from '../../lib/domain/record.ts';
import { daysLater } from '../../lib/domain/time.ts';
import { aRecord, fromNow, NOW } from './fixtures.ts';

const DAY_MS = 86_400_000;

const configuration: KeyConfiguration = {
  name: 'a key',
  user_id: 'someone',
  service_id: 'website',
  environment: 'test',
  scopes: ['read'],
  rate_limit_per_hour: 50,
  monthly_prediction_limit: 7,
  overage_allowed: true,
  billing_plan: 'pro',
  allowed_ips: ['10.0.0.0/8'],
  expires_in_days: 30,
};
const identity = { key_id: 'new id', key_prefix: 'hk_test_new***' };
const unborn = {
  created_at: NOW.toISOString(),
  expires_at: '2026-12-23T18:30:00.000Z',
  last_used_at: null,
  rotated_from: null,
  rotated_to: null,
  revoked_at: null,
  grace_ends_at: null,
  version: 1,
};

test('a new record is its identity, its configuration and a fresh state', () => {
  const expected = { ...configuration, ...identity, ...unborn };
  expect(newRecord(identity, configuration, NOW)).toEqual(expected);
});

test('a record made from a whole old one takes its configuration and nothing else', () => {
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
  const expected = { ...configuration, ...identity, ...unborn, rotated_from: 'old id' };
  expect(newRecord(identity, old, NOW, 'old id')).toEqual(expected);
});

test.each([
  ['2028-02-28T12:00:00.000Z', 2, '2028-03-01T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', 365, '2027-03-28T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', null, null],
])('%s and %p days is %p', (from, days, expected) => {
  expect(daysLater(new Date(from), days)).toBe(expected);
});

test.each([
  ['production', '2026-04-01T00:00:00.000Z'],
  ['test', '2026-06-30T00:00:00.000Z'],
  ['development', null],
] as const)('a %s key made at new year is due for rotation at %p', (environment, due) => {
  expect(rotationDueAt({ environment, created_at: '2026-01-01T00:00:00.000Z' })).toBe(due);
});

test.each([
  ['never', null, false],
  ['a millisecond ago', fromNow(-1), true],
  ['exactly now', fromNow(0), true],
  ['a millisecond from now', fromNow(1), false],
])('what ends %s', (_, end, ended) => {
  expect(isExpired({ expires_at: end }, NOW)).toBe(ended);
  expect(isRevoked({ revoked_at: null, grace_ends_at: end }, NOW)).toBe(ended);
  const inGrace = describeKey(aRecord({ grace_ends_at: end }), NOW);
  expect(inGrace).toMatchObject({ is_active: !ended, revoked_at: end });
  expect(describeKey(aRecord({ expires_at: end }), NOW).is_active).toBe(true);
});

test('a key that was revoked is revoked, whatever the clock says', () => {
  for (const revoked_at of [fromNow(-1), fromNow(0), fromNow(1)]) {
    expect(isRevoked({ revoked_at, grace_ends_at: fromNow(1) }, NOW)).toBe(true);
    expect(describeKey(aRecord({ revoked_at }), NOW)).toMatchObject({
      is_active: false,
      revoked_at,
    });
  }
});

test('a description names everything about a key but what proves it or counts its use', () => {
  const {
    expires_in_days: _,
    version: __,
    grace_ends_at: ___,
    ...shown
  } = aRecord({ ...configuration, ...unborn });
  const stored = {
    ...aRecord({ ...configuration, ...unborn }),
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
  [old, { ...due, ...active, service_id: 'prediction', environment: 'production' }, true],
  [old, { ...due, ...active, service_id: 'prediction', environment: 'test' }, false],
  [old, { ...due, ...active, service_id: 'website', environment: 'production' }, false],
])('a key with %j passes the filter %j: %p', (changes, filter, passes) => {
  expect(matchesFilter(aRecord(changes), filter, NOW)).toBe(passes);
});
