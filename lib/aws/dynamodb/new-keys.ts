import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { KeyRecord } from '../../domain/record.ts';
import type { Verifiers } from '../../domain/verifiers.ts';
import { auditEntry, type Origin } from './audit.ts';
import { INHERITS, toAttributes, toItem } from './item.ts';
import { transact, updateOf } from './key-writes.ts';
import { keysTable, readKey } from './keys.ts';

/** Time for the read after a failure, at the end of which the request still has to be answered. */
const LAST_READ_MS = 500;

export interface NewKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
}

/**
 * Stores a new key.
 * @returns `taken` when its key_id exists already, by a chance below one in 10^12
 * @throws Unavailable
 */
export async function createKey(
  key: NewKey,
  origin: Origin,
): Promise<{ readonly kind: 'created' | 'taken' }> {
  const isStored = await store(key, creationOf(key, origin));
  return { kind: isStored ? 'created' : 'taken' };
}

/**
 * Revokes `old` and stores its successor, both or neither. From then on `old` no longer counts: its
 * successor takes over its counters before it counts anything itself.
 * @param graceEndsAt until when `old` stays valid; undefined: it is revoked now
 * @returns `changed` when `old` is not as it was read, or the successor's key_id is taken
 * @throws Unavailable
 */
export async function replaceKey(
  old: KeyRecord,
  successor: NewKey,
  graceEndsAt: Date | undefined,
  origin: Origin,
): Promise<{ readonly kind: 'replaced' | 'changed' }> {
  const rotation = {
    rotated_to: successor.record.key_id,
    ...(graceEndsAt
      ? { grace_ends_at: graceEndsAt.toISOString() }
      : { revoked_at: origin.now.toISOString() }),
  };
  const isStored = await store(successor, [
    updateOf(old.key_id, rotation, 'version = :seen', { ':seen': old.version }),
    auditEntry(old.key_id, 'rotate', rotation, origin),
    ...creationOf(successor, origin),
  ]);
  return { kind: isStored ? 'replaced' : 'changed' };
}

/**
 * Makes the writes that store a new key. If their answer is lost they may have been made all the
 * same, and the key's text would be lost with the answer: so the key is read before giving up.
 */
async function store({ record }: NewKey, writes: TransactWriteItem[]): Promise<boolean> {
  try {
    return (await transact(writes)).kind === 'done';
  } catch (error) {
    const stored = await readKey(record.key_id, AbortSignal.timeout(LAST_READ_MS)).catch(() => {
      throw error;
    });
    if (stored) return true;
    throw error;
  }
}

function creationOf({ record, verifiers }: NewKey, origin: Origin): TransactWriteItem[] {
  const { key_id, version: _, last_used_at: __, ...detail } = record;
  return [
    {
      Put: {
        TableName: keysTable(),
        Item: {
          ...toItem(record, verifiers),
          ...toAttributes({ [INHERITS]: record.rotated_from }),
        },
        ConditionExpression: 'attribute_not_exists(key_id)',
      },
    },
    auditEntry(key_id, 'create', detail, origin),
  ];
}
