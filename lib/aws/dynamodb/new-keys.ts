import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { changesBetween } from '../../domain/audit-entry.ts';
import type { Origin } from '../../domain/origin.ts';
import type { KeyRecord } from '../../domain/record.ts';
import type { Pepper, Verifiers } from '../../domain/verifiers.ts';
import { deadlineSignal } from '../../runtime/deadline.ts';
import { auditEntry } from './audit.ts';
import { INHERITS, LEASES, SEALED_AFTER, type StoredKey, toAttributes, toItem } from './item.ts';
import { transact, updateOf } from './key-writes.ts';
import { keysTable, readKey } from './keys.ts';

/** Limits the read after a failure, so that the request can still be answered in time. */
const LAST_READ_MS = 500;

export interface NewKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
}

/**
 * Stores a new key.
 * @param pepper seals the audit entry
 * @returns `taken` when its key_id exists: one chance in 3.5 × 10^12 for each key there is
 * @throws Unavailable
 */
export async function createKey(
  key: NewKey,
  origin: Origin,
  pepper: Pepper | undefined,
): Promise<{ readonly kind: 'created' | 'taken' }> {
  const outcome = await store(key, creationOf(key, origin, pepper));
  return { kind: outcome.kind === 'stored' ? 'created' : 'taken' };
}

/**
 * Revokes `old` and stores its successor, both or neither. From then on `old` no longer counts: its
 * successor takes over its counters before it counts anything itself.
 * @param graceEndsAt until when `old` stays valid; undefined: it is revoked now
 * @param pepper seals the audit entries
 * @param abortSignal ends the attempts; defaults to the request's deadline
 * @returns `changed` when `old` is not as it was read, may have a longer lease than those seen, or
 * the successor's key_id is taken
 * @throws Unavailable
 */
export async function replaceKey(
  { record: old, leases }: Pick<StoredKey, 'record' | 'leases'>,
  successor: NewKey,
  graceEndsAt: Date | undefined,
  origin: Origin,
  pepper: Pepper | undefined,
  abortSignal?: AbortSignal,
): Promise<{ readonly kind: 'replaced' | 'changed' }> {
  const rotation = {
    rotated_to: successor.record.key_id,
    ...(graceEndsAt
      ? { grace_ends_at: graceEndsAt.toISOString() }
      : { revoked_at: origin.now.toISOString() }),
  };
  const { length: lengths } = leases.lengths;
  // Otherwise a lease granted since the read could outlast the wait for those that were seen.
  const sameMarks =
    lengths === 0
      ? `attribute_not_exists(${LEASES.lengths})`
      : `size(${LEASES.lengths}) = :lengths`;
  const version = old.version + 1;
  const seen = { ':seen': old.version, ...(lengths > 0 && { ':lengths': lengths }) };
  const changes = changesBetween(old, rotation);
  const writes = [
    updateOf(old.key_id, rotation, `version = :seen AND ${sameMarks}`, seen),
    auditEntry(old.key_id, version, 'rotate', changes, origin, pepper),
    ...creationOf(successor, origin, pepper),
  ];
  const outcome = await store(successor, writes, abortSignal);
  return { kind: outcome.kind === 'stored' ? 'replaced' : 'changed' };
}

/**
 * Makes the writes that store a new key. If the answer is lost the writes may have been made, and
 * the caller would never get the key's text, so the key is read before giving up. An attempt that
 * finds it there is done, also where the database has forgotten the token of the one before.
 * @param abortSignal abandons the writes, in time for that read
 */
async function store(
  { record, verifiers }: NewKey,
  writes: TransactWriteItem[],
  abortSignal = deadlineSignal(),
): Promise<{ readonly kind: 'stored' | 'refused' }> {
  try {
    const outcome = await transact(writes, abortSignal);
    const isStored =
      outcome.kind === 'done' || outcome.items.some((item) => item?.hash?.S === verifiers.hash);
    return { kind: isStored ? 'stored' : 'refused' };
  } catch (error) {
    const stored = await readKey(record.key_id, AbortSignal.timeout(LAST_READ_MS)).catch(() => {
      throw error;
    });
    if (stored) return { kind: 'stored' };
    throw error;
  }
}

function creationOf(
  { record, verifiers }: NewKey,
  origin: Origin,
  pepper: Pepper | undefined,
): TransactWriteItem[] {
  const { key_id, version } = record;
  return [
    {
      Put: {
        TableName: keysTable(),
        Item: {
          ...toItem(record, verifiers),
          ...toAttributes({ [INHERITS]: record.rotated_from, [SEALED_AFTER]: version - 1 }),
        },
        ConditionExpression: 'attribute_not_exists(key_id)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
    auditEntry(key_id, version, 'create', changesBetween({}, record), origin, pepper),
  ];
}
