import { changesBetween } from '../../domain/audit-entry.ts';
import { isRevoked } from '../../domain/key-state.ts';
import type { Origin } from '../../domain/origin.ts';
import type { KeyChanges, KeyRecord } from '../../domain/record.ts';
import type { Pepper } from '../../domain/verifiers.ts';
import { auditEntry } from './audit.ts';
import { recordFrom } from './item.ts';
import { transact, updateOf } from './key-writes.ts';
import { readKey } from './keys.ts';

const UNREVOKED = 'attribute_exists(key_id) AND attribute_not_exists(revoked_at)';

export type ChangeOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Revokes a key permanently, also one with a grace period left. It reads nothing beforehand, so a
 * simultaneous change can't get in its way.
 * @param pepper seals the audit entry
 * @throws Unavailable
 */
export async function markRevoked(
  keyId: string,
  origin: Origin,
  pepper: Pepper | undefined,
): Promise<ChangeOutcome> {
  const fields = { revoked_at: origin.now.toISOString() };
  const outcome = await transact([
    updateOf(keyId, fields, UNREVOKED, {}),
    auditEntry(keyId, 'last', 'revoke', changesBetween({}, fields), origin, pepper),
  ]);
  if (outcome.kind === 'done') return outcome;
  const [item] = outcome.items;
  return { kind: item && isRevoked(recordFrom(item), origin.now) ? 'revoked' : 'not_found' };
}

/**
 * Changes a key's configuration; a null field is removed. The audit entry has the values before the
 * change, so the write's condition is that the key is still as it was read.
 * @param changesOf returns the changes of the key as it is
 * @param pepper seals the audit entry
 * @throws Unavailable
 */
export async function changeKey(
  keyId: string,
  changesOf: (record: KeyRecord) => KeyChanges,
  origin: Origin,
  pepper: Pepper | undefined,
): Promise<ChangeOutcome> {
  let record = (await readKey(keyId))?.record;
  // An attempt fails only if another change was made. The request's deadline ends the attempts.
  for (let isRepeat = false; record; isRepeat = true) {
    if (isRevoked(record, origin.now)) return { kind: 'revoked' };
    const changes = changesOf(record);
    const differences = changesBetween(record, changes);
    // An attempt whose answer was lost has made the change, or another request the same one.
    if (isRepeat && Object.keys(differences).length === 0) return { kind: 'done' };
    const version = record.version + 1;
    const outcome = await transact([
      updateOf(keyId, changes, 'version = :seen', { ':seen': record.version }),
      auditEntry(keyId, version, 'update', differences, origin, pepper),
    ]);
    if (outcome.kind === 'done') return outcome;
    const [item] = outcome.items;
    record = item && recordFrom(item);
  }
  return { kind: 'not_found' };
}
