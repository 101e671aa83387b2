import { setTimeout as delay } from 'node:timers/promises';
import { changeKey } from '../aws/dynamodb/changes.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import type { Origin } from '../domain/origin.ts';
import type { KeyChanges, KeyRecord } from '../domain/record.ts';
import { daysLater } from '../domain/time.ts';
import { LIMIT_CACHE_MS } from './cache-options.ts';

const LIMITS = ['rate_limit_per_hour', 'monthly_prediction_limit', 'overage_allowed'] as const;

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly record: KeyRecord }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Changes a key's configuration. When it returns, the change holds in every process: a process may
 * answer "over the limit" from its cache, so a change of a limit waits until that has expired.
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
  const changesLimit = LIMITS.some((limit) => limit in changes);
  const [key] = await Promise.all([readKey(keyId), changesLimit && delay(LIMIT_CACHE_MS)]);
  return key ? { kind: 'updated', record: key.record } : { kind: 'not_found' };
}
