import { changeKey } from '../aws/dynamodb/changes.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { longestLease } from '../domain/lease.ts';
import type { Origin } from '../domain/origin.ts';
import type { KeyChanges, KeyRecord } from '../domain/record.ts';
import { daysLater } from '../domain/time.ts';
import { LIMIT_SETTLE_MS } from './cache-options.ts';
import { settle } from './settle.ts';

const LIMITS = ['rate_limit_per_hour', 'monthly_prediction_limit', 'overage_allowed'] as const;

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly record: KeyRecord }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Changes a key's configuration. When it returns, the change holds in every process and no lease
 * repeats an answer from before it.
 * @throws Unavailable
 */
export async function updateKey(
  keyId: string,
  changes: Omit<KeyChanges, 'expires_at'>,
  origin: Origin,
): Promise<UpdateOutcome> {
  const { expires_in_days } = changes;
  const expiry = expires_in_days && { expires_at: daysLater(origin.now, expires_in_days) };
  const outcome = await changeKey(keyId, { ...changes, ...expiry }, origin);
  if (outcome.kind !== 'done') return { kind: outcome.kind };
  const writtenAt = performance.now();
  const key = await readKey(keyId);
  if (!key) return { kind: 'not_found' };
  const isLimit = LIMITS.some((limit) => limit in changes);
  const isInAnswers = Object.keys(changes).some((field) => field !== 'name');
  await settle(
    writtenAt,
    isLimit ? LIMIT_SETTLE_MS : 0,
    isInAnswers ? longestLease(key.leases) : 0,
  );
  return { kind: 'updated', record: key.record };
}
