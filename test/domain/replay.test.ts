import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { auditFields, changesBetween } from '../../lib/domain/audit-entry.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { replay, type TrailedChange } from '../../lib/domain/replay.ts';
import { aRecord, NOW } from './fixtures.ts';

const TO = new Date(NOW.getTime() - 3_600_000);
const LATER = new Date(NOW.getTime() + 1000).toISOString();
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

/** Makes changes one after another, and returns the record after each and the trail. */
function history(changes: readonly Partial<KeyRecord>[]) {
  const records = [aRecord()];
  const trail: TrailedChange[] = [];
  for (const fields of changes) {
    const before = records.at(-1) as KeyRecord;
    trail.push(entryOf(before, fields));
    records.push({ ...before, ...fields, version: before.version + 1 });
  }
  return { records, trail };
}

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
      const shuffled = [...trail].sort((a, b) => ((a.name.length + at) % 2) - (b.name.length % 2));
      expect(replay(from, shuffled.reverse(), TO, NOW)).toEqual({
        kind: 'current',
        record: records.at(-1),
      });
    }),
  );
});

test('a revocation anywhere in the trail ends the key, whatever its seal', () => {
  fc.assert(
    fc.property(changes, fc.constantFrom('valid', 'wrong', 'missing'), (made, seal) => {
      const { records, trail } = history(made);
      const last = records.at(-1) as KeyRecord;
      const revoked = {
        ...entryOf(last, { revoked_at: NOW.toISOString() }, 'revoke'),
        seal,
      } as const;
      expect(replay(records[0] as KeyRecord, [revoked, ...trail], TO, NOW)).toEqual({
        kind: 'ended',
      });
    }),
  );
});

test('no key comes back from a trail that lacks or alters an entry since the restore point', () => {
  fc.assert(
    fc.property(changes, fc.nat(), fc.boolean(), (made, at, isRemoved) => {
      const { records, trail } = history(made);
      // Without the newest entry, nothing tells that there was one.
      fc.pre(trail.length > 1);
      const index = at % (trail.length - 1);
      const forged = { ...(trail[index] as TrailedChange), seal: 'wrong' } as const;
      const broken = isRemoved ? trail.toSpliced(index, 1) : trail.with(index, forged);
      expect(replay(records[0] as KeyRecord, broken, TO, NOW)).toMatchObject({ kind: 'unclear' });
    }),
  );
});

describe('of a key', () => {
  const record = aRecord();
  const rotation = (fields: Partial<KeyRecord>) =>
    entryOf(record, { rotated_to: 'b', ...fields }, 'rotate');
  const second = entryOf(record, { name: 'b' });
  const revoked = aRecord({ revoked_at: EARLIER, version: 2 });
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
      'whose grace period has ended',
      record,
      [rotation({ grace_ends_at: EARLIER })],
      { kind: 'ended' },
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
      { kind: 'unclear', reason: 'has an entry of version 2 whose seal is missing' },
    ],
    [
      'with two changes of a version',
      record,
      [second, { ...second, name: `${second.name}2` }],
      { kind: 'unclear', reason: 'has two entries of version 2' },
    ],
    [
      'whose change is of another state',
      { ...record, name: 'other' },
      [second],
      { kind: 'unclear', reason: 'was not as the entry of version 2 found it' },
    ],
    [
      'with an older entry from before',
      record,
      [{ ...second, name: `${EARLIER.replace('2026', '2025')}#r` }],
      { kind: 'current', record },
    ],
    [
      'with an older entry since',
      record,
      [{ ...second, name: `${NOW.toISOString()}#r` }],
      { kind: 'unclear', reason: `has the entry ${NOW.toISOString()}#r, whose version is unknown` },
    ],
    [
      'with an entry of no name',
      record,
      [{ ...second, name: 'x' }],
      { kind: 'unclear', reason: 'has the entry x, whose version is unknown' },
    ],
  ])('%s', (_, from, trail, expected) => {
    expect(replay(from, trail, TO, NOW)).toEqual(expected);
  });
});
