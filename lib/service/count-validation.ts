import { consume, consumeShared } from '../aws/dynamodb/consume.ts';
import { type RateLimit, type ReachedLimit, rateLimitOf, reachedLimit } from '../domain/limits.ts';
import type { Changed } from './decide-again.ts';
import { type CachedKey, cacheCounters, cacheKey, cacheLimit } from './key-cache.ts';
import { countingKey } from './load-key.ts';
import { markDigestStored, newDigestOf } from './verify-secret.ts';

export type CountOutcome =
  | { readonly kind: 'counted'; readonly rateLimit: RateLimit }
  | { readonly kind: 'limit_reached'; readonly key: CachedKey; readonly limit: ReachedLimit }
  | Changed;

const CHANGED: Changed = { kind: 'changed' };

/**
 * Counts one validation of a key that was decided to be valid. A rotated key in its grace period
 * counts on its successor's item, within its own limits.
 * @throws Unavailable
 */
export async function countValidation(key: CachedKey, now: Date): Promise<CountOutcome> {
  const { record } = key;
  const digest = newDigestOf(record.key_id);
  const counting = record.rotated_to === null ? key : await countingKey(key, now);
  const isShared = counting !== key;
  const outcome = isShared
    ? await consumeShared(record, counting, now, digest)
    : await consume(record, key.counters, now, digest);
  if (outcome.kind === 'counted') {
    cacheCounters(counting, outcome.counters);
    if (digest) markDigestStored(record.key_id, digest);
    return { kind: 'counted', rateLimit: rateLimitOf(record, outcome.counters, now) };
  }
  const current = cacheKey(outcome.keyId, outcome.key);
  const stillCounts =
    current?.record.key_id === counting.record.key_id && current.record.rotated_to === null;
  if (!current || !stillCounts) return CHANGED;
  if (!isShared && current.record.version !== record.version) return CHANGED;
  const limit = reachedLimit(record, current.counters, now);
  if (!limit) return CHANGED;
  const refused = isShared ? key : current;
  cacheLimit(refused, limit, current.counters, now);
  return { kind: 'limit_reached', key: refused, limit };
}
