import { consume, consumeShared } from '../aws/dynamodb/consume.ts';
import { type Lease, leaseMilliseconds } from '../domain/lease.ts';
import { type RateLimit, type ReachedLimit, rateLimitOf, reachedLimit } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import { leaseMs } from '../environment.ts';
import type { Changed } from './decide-again.ts';
import {
  type CachedKey,
  cacheAddresses,
  cacheCounters,
  cacheKey,
  cacheLimit,
} from './key-cache.ts';
import { countingKey } from './load-key.ts';
import { markDigestStored, newDigestOf } from './verify-secret.ts';

export type CountOutcome =
  /** `lease`: undefined if none was granted. */
  | { readonly kind: 'counted'; readonly rateLimit: RateLimit; readonly lease: Lease | undefined }
  | { readonly kind: 'limit_reached'; readonly key: CachedKey; readonly limit: ReachedLimit }
  | Changed;

/** No limit is reached, but the hour has less room than was asked for. */
interface LessLeft {
  readonly kind: 'less_left';
  /** The key, with the counters as they are now. */
  readonly key: CachedKey;
}

const CHANGED: Changed = { kind: 'changed' };

/**
 * Counts one validation of a key that was decided to be valid. A rotated key in its grace period
 * counts on its successor's item, within its own limits.
 * @param clientIp the address that the key is used from
 * @param leaseRequests the requests that the caller wants a lease of; undefined: it wants none
 * @throws Unavailable
 */
export async function countValidation(
  key: CachedKey,
  clientIp: string,
  leaseRequests: number | undefined,
  now: Date,
): Promise<CountOutcome> {
  const milliseconds = leaseRequests && leaseMilliseconds(key.record, leaseMs(), now);
  const wanted = (milliseconds && leaseRequests) || 1;
  let current = key;
  // The second attempt knows what is left; if others take it, one request may still have room.
  for (const requests of [wanted, wanted, 1]) {
    const outcome = await countOnce(current, clientIp, requests, milliseconds, now);
    if (outcome.kind !== 'less_left') return outcome;
    current = outcome.key;
  }
  return CHANGED;
}

/** Counts up to `requests`: as many as the cached counters leave room for, but at least one. */
async function countOnce(
  key: CachedKey,
  clientIp: string,
  requests: number,
  milliseconds: number | undefined,
  now: Date,
): Promise<CountOutcome | LessLeft> {
  const { record } = key;
  const digest = newDigestOf(record.key_id);
  const counting = await countingKey(key, now);
  const isShared = counting !== key;
  const counted = roomFor(requests, record, counting, now);
  const use = {
    requests: counted,
    leaseMs: milliseconds === undefined ? undefined : leaseMs(),
    digest,
  };
  const outcome = isShared
    ? await consumeShared(key, counting, clientIp, now, use)
    : await consume(record, key.counters, now, use);
  if (outcome.kind === 'counted') {
    cacheCounters(counting, outcome.counters);
    if (outcome.usedFrom) cacheAddresses(key, outcome.usedFrom);
    if (digest) markDigestStored(record.key_id, digest);
    return {
      kind: 'counted',
      rateLimit: rateLimitOf(record, outcome.counters, now),
      lease: milliseconds === undefined ? undefined : { requests: counted, milliseconds },
    };
  }
  const current = cacheKey(outcome.keyId, outcome.key);
  if (!current || current.record.rotated_to !== null) return CHANGED;
  if (!isShared && current.record.version !== record.version) return CHANGED;
  const limit = reachedLimit(record, current.counters, now);
  const refused = isShared ? key : current;
  if (!limit) return { kind: 'less_left', key: refused };
  cacheLimit(refused, limit, current.counters, now);
  return { kind: 'limit_reached', key: refused, limit };
}

/** Returns how many of the requests the cached counters leave room for, but at least one. */
function roomFor(requests: number, record: KeyRecord, counting: CachedKey, now: Date): number {
  const { remaining } = rateLimitOf(record, counting.counters, now);
  return Math.max(1, Math.min(requests, remaining));
}
