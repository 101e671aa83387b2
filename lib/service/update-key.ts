import { changeKey } from '../aws/dynamodb/changes.ts';
import type { StoredKey } from '../aws/dynamodb/item.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { sealingPepper } from '../aws/secrets/pepper.ts';
import { longestLease } from '../domain/lease.ts';
import type { Origin } from '../domain/origin.ts';
import type { KeyChanges, KeyRecord } from '../domain/record.ts';
import { daysLater } from '../domain/time.ts';
import { serialize } from '../runtime/serialize.ts';
import { LIMIT_SETTLE_MS } from './cache-options.ts';
import { settle } from './settle.ts';

/** The fields that are in no answer to a validation. */
const NOT_IN_ANSWERS = ['name', 'use_case'];
const LIMITS = ['rate_limit_per_hour', 'monthly_prediction_limit', 'overage_allowed'] as const;

export interface UpdateRequest extends Omit<KeyChanges, 'expires_at' | 'suspended_at'> {
  readonly suspended?: boolean;
}

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly key: StoredKey }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Changes a key's configuration. When it returns, the change holds in every process and no lease
 * repeats an answer from before it.
 * @throws Unavailable
 */
export async function updateKey(
  keyId: string,
  { suspended, ...changes }: UpdateRequest,
  origin: Origin,
): Promise<UpdateOutcome> {
  const { now } = origin;
  const { expires_in_days } = changes;
  const changesOf = ({ suspended_at }: KeyRecord) => ({
    ...changes,
    ...(expires_in_days && { expires_at: daysLater(now, expires_in_days) }),
    // A key that is suspended again has been suspended since the first time.
    ...(suspended !== undefined && {
      suspended_at: suspended ? (suspended_at ?? now.toISOString()) : null,
    }),
  });
  const pepper = await sealingPepper(now);
  // Otherwise simultaneous changes of a key would make each other start again.
  const change = () => changeKey(keyId, changesOf, origin, pepper);
  const outcome = await serialize(change, keyId);
  if (outcome.kind !== 'done') return { kind: outcome.kind };
  const writtenAt = performance.now();
  const key = await readKey(keyId);
  if (!key) return { kind: 'not_found' };
  const isLimit = LIMITS.some((limit) => limit in changes);
  const isInAnswers =
    suspended !== undefined ||
    Object.keys(changes).some((field) => !NOT_IN_ANSWERS.includes(field));
  await settle(
    writtenAt,
    isLimit ? LIMIT_SETTLE_MS : 0,
    isInAnswers ? longestLease(key.leases) : 0,
  );
  return { kind: 'updated', key };
}
