import { isRevoked } from '../../domain/key-state.ts';
import type { Origin } from '../../domain/origin.ts';
import type { KeyChanges } from '../../domain/record.ts';
import { auditEntry } from './audit.ts';
import { recordFrom } from './item.ts';
import { transact, updateOf } from './key-writes.ts';

const UNREVOKED = 'attribute_exists(key_id) AND attribute_not_exists(revoked_at)';

export type ChangeOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Revokes a key permanently, also one with a grace period left. It reads nothing beforehand, so a
 * simultaneous change can't get in its way.
 * @throws Unavailable
 */
export function markRevoked(keyId: string, origin: Origin): Promise<ChangeOutcome> {
  const now = origin.now.toISOString();
  return change(keyId, 'revoke', { revoked_at: now }, UNREVOKED, {}, origin);
}

/**
 * Changes a key's configuration; a null field is removed.
 * @throws Unavailable
 */
export function changeKey(
  keyId: string,
  changes: KeyChanges,
  origin: Origin,
): Promise<ChangeOutcome> {
  const now = origin.now.toISOString();
  const condition = `${UNREVOKED} AND (attribute_not_exists(grace_ends_at) OR grace_ends_at > :now)`;
  return change(keyId, 'update', changes, condition, { ':now': now }, origin);
}

async function change(
  keyId: string,
  action: 'revoke' | 'update',
  fields: object,
  condition: string,
  conditionValues: object,
  origin: Origin,
): Promise<ChangeOutcome> {
  const outcome = await transact([
    updateOf(keyId, fields, condition, conditionValues),
    auditEntry(keyId, action, fields, origin),
  ]);
  if (outcome.kind === 'done') return outcome;
  const [item] = outcome.items;
  return { kind: item && isRevoked(recordFrom(item), origin.now) ? 'revoked' : 'not_found' };
}
