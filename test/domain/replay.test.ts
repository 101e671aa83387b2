import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { auditFields, changesBetween } from '../../lib/domain/audit-entry.ts';
import { SEALS } from '../../lib/domain/audit-seal.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { isRevocation, replay, type TrailedChange } from '../../lib/domain/replay.ts';
import { aRecord, NOW } from './fixtures.ts';

const TO = new Date(NOW.getTime() - 3_600_000);
const LATER = new Date(NOW.getTime() + 1000).toISOString();
const LONG_AGO = new Date(TO.getTime() - 1000).toISOString();
const EARLIER = new Date(NOW.getTime() - 1000).toISOString();
const ORIGIN = {
  principal: { kind: 'anyone' },
  now: NOW,
  sourceIp: '192.0.2.1',
  userAgent: 'test',
  requestId: 'r',
} as const;

/** Returns the entry of a change, as the service writes it. */
function entryOf(
  before: KeyRecord,
  fields: Partial<KeyRecord>,
  action: 'update' | 'rotate' | 'revoke' = 'update',
): TrailedChange {
  const version = action === 'revoke' ? 'last' : before.version + 1;
  const changes = changesBetween(action === 'revoke' ? {} : before, fields);
  const values = auditFields(before.key_id, version, action, changes, ORIGIN);
  return { name: values.at, values, seal: 'valid' };
}

const CREATION = entryOf(aRecord({ version: 0 }), {});

/** Makes changes one after another, and returns the record after each and the trail, newest first. */
function history(changes: readonly Partial<KeyRecord>[]) {
  const records = [aRecord()];
  const trail = [CREATION];
  for (const fields of changes) {
    const before = records.at(-1) as KeyRecord;
    trail.unshift(entryOf(before, fields));
    records.push({ ...before, ...fields, version: before.version + 1 });
  }
  return { records, trail };
}

const backup = (record: KeyRecord) => ({ record, sealedFrom: 1 });

const change = fc.oneof(
  fc.record({ name: fc.string() }),
  fc.record({ scopes: fc.array(fc.string(), { maxLength: 3 }) }),
  fc.record({ allowed_ips: fc.option(fc.array(fc.constant('10.0.0.0/8'), { maxLength: 2 })) }),
  fc.record({ suspended_at: fc.option(fc.constant(NOW.toISOString())) }),
  fc.record({ monthly_prediction_limit: fc.option(fc.nat()) }),
);
const changes = fc.array(change, { minLength: 1, maxLength: 8 });

test('a replay from any restore point leads to the last state of the key', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (made, at) => {
      const { records, trail } = history(made);
      const from = records[at % records.length] as KeyRecord;
      expect(replay(backup(from), trail, TO, NOW)).toEqual({
        kind: 'current',
        record: records.at(-1),
      });
    }),
  );
});

test('a revocation ends the key whatever else is in the trail, and a forged one is unclear', () => {
  fc.assert(
    fc.property(changes, fc.constantFrom(...SEALS), fc.nat(), (made, seal, at) => {
      const { records, trail } = history(made);
      const last = records.at(-1) as KeyRecord;
      const end = entryOf(last, { revoked_at: NOW.toISOString() }, 'revoke');
      const broken = trail.toSpliced(at % trail.length, 1);
      const { kind } = replay(
        backup(records[0] as KeyRecord),
        [{ ...end, seal }, ...broken],
        TO,
        NOW,
      );
      expect(kind).toBe(seal === 'wrong' ? 'unclear' : 'ended');
    }),
  );
});

test('no key comes back from a trail that lacks an entry, or has one altered, repeated or added', () => {
  const damage = fc.constantFrom('remove', 'alter', 'repeat', 'add');
  fc.assert(
    fc.property(changes, fc.nat(), fc.nat(), damage, (made, at, restored, how) => {
      const { records, trail } = history(made);
      const from = records[restored % records.length] as KeyRecord;
      // Without the newest entries, nothing in the trail tells that there were any.
      const index = how === 'remove' ? 1 + (at % (trail.length - 1)) : at % trail.length;
      const entry = trail[index] as TrailedChange;
      const broken = {
        remove: trail.toSpliced(index, 1),
        alter: trail.with(index, { ...entry, seal: 'wrong' } as const),
        repeat: trail.toSpliced(index, 0, entry),
        add: trail.toSpliced(index, 0, { ...entry, name: 'x' }),
      }[how];
      expect(replay(backup(from), broken, TO, NOW)).toMatchObject({ kind: 'unclear' });
    }),
  );
});

test('a seal that can not be checked matters only if the backup lacks the change', () => {
  const unchecked = fc.constantFrom('missing', 'unverifiable');
  fc.assert(
    fc.property(changes, fc.nat(), fc.nat(), unchecked, (made, at, restored, seal) => {
      const { records, trail } = history(made);
      const from = records[restored % records.length] as KeyRecord;
      const index = at % trail.length;
      const version = trail.length - index;
      const broken = trail.with(index, { ...(trail[index] as TrailedChange), seal } as const);
      const { kind } = replay(backup(from), broken, TO, NOW);
      expect(kind).toBe(version > from.version ? 'unclear' : 'current');
    }),
  );
});

describe('of a key', () => {
  const record = aRecord();
  const rotation = (fields: Partial<KeyRecord>) =>
    entryOf(record, { rotated_to: 'b', ...fields }, 'rotate');
  const second = entryOf(record, { name: 'b' });
  const revoked = aRecord({ revoked_at: EARLIER, version: 2 });
  const graceEnded = aRecord({ grace_ends_at: LONG_AGO, rotated_to: 'b', version: 2 });
  const old = (time: string): TrailedChange => ({
    name: `${time}#r`,
    values: { action: 'update' },
    seal: 'missing',
  });
  test.each<[string, KeyRecord, TrailedChange[], object]>([
    ['that nobody changed', record, [], { kind: 'current', record }],
    [
      'that was revoked before',
      revoked,
      [entryOf(record, { revoked_at: EARLIER }, 'revoke')],
      { kind: 'current', record: revoked },
    ],
    ['that was rotated at once', record, [rotation({ revoked_at: EARLIER })], { kind: 'ended' }],
    [
      'whose grace period has ended since',
      record,
      [rotation({ grace_ends_at: EARLIER })],
      { kind: 'ended' },
    ],
    [
      'whose grace period had ended before',
      graceEnded,
      [rotation({ grace_ends_at: LONG_AGO })],
      { kind: 'current', record: graceEnded },
    ],
    [
      'in its grace period',
      record,
      [rotation({ grace_ends_at: LATER })],
      { kind: 'current', record: { ...record, version: 2, rotated_to: 'b', grace_ends_at: LATER } },
    ],
    [
      'with an unsealed change',
      record,
      [{ ...second, seal: 'missing' }],
      { kind: 'unclear', reason: 'The entry of version 2 has no seal.' },
    ],
    [
      'whose change is of another state',
      { ...record, name: 'other' },
      [second],
      { kind: 'unclear', reason: 'The entry of version 2 is of another state of the key.' },
    ],
    [
      'with an older entry since',
      record,
      [old(NOW.toISOString())],
      { kind: 'unclear', reason: `The entry ${NOW.toISOString()}#r has no version.` },
    ],
    [
      'with a forged revocation',
      record,
      [{ name: 'version:last#r', values: {}, seal: 'wrong' }],
      { kind: 'unclear', reason: 'No change of the key has made the entry version:last#r.' },
    ],
  ])('%s', (_, from, trail, expected) => {
    expect(replay(backup(from), [...trail, CREATION], TO, NOW)).toEqual(expected);
  });

  test('whose last entry in the old form is of the restore point', () => {
    const from = { record: { ...record, version: 1 }, sealedFrom: undefined };
    const entries = [old(TO.toISOString())];
    expect(replay(from, entries, TO, NOW)).toEqual({ kind: 'current', record: from.record });
  });

  test('that is older than versions of entries', () => {
    const from = { record: { ...record, version: 2 }, sealedFrom: undefined };
    const entries = [old('2025-02-01T00:00:00.000Z'), old('2025-01-01T00:00:00.000Z')];
    const change = entryOf(from.record, { name: 'b' });
    expect(replay(from, [change, ...entries], TO, NOW)).toEqual({
      kind: 'current',
      record: { ...record, name: 'b', version: 3 },
    });
    expect(replay(from, [change, ...entries.slice(1)], TO, NOW)).toMatchObject({ kind: 'unclear' });
  });
});

const NUMBERED = 'version:0000000002#r';
test.each<[string, TrailedChange['values'], TrailedChange['seal'], boolean]>([
  ['version:last#r', {}, 'valid', true],
  ['version:last#r', {}, 'missing', true],
  ['version:last#r', {}, 'wrong', false],
  [NUMBERED, { action: 'revoke' }, 'valid', true],
  [NUMBERED, { action: 'rotate', changes: { revoked_at: { old: null, new: '' } } }, 'valid', true],
  [NUMBERED, { action: 'rotate', changes: { grace_ends_at: {} } }, 'valid', false],
  [NUMBERED, { action: 'update' }, 'valid', false],
])('the entry %s with %j and a seal that is %s ends its key: %p', (name, values, seal, ends) => {
  expect(isRevocation({ name, values, seal })).toBe(ends);
});
