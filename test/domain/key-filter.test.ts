import { expect, test } from '@jest/globals';
import { type KeyFilter, matchesFilter } from '../../lib/domain/key-filter.ts';
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
