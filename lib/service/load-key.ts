import { inheritCounters } from '../aws/dynamodb/inherit-counters.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { type CachedKey, cachedKey, cacheKey } from './key-cache.ts';

/**
 * Reads a key and caches it. The first process to read the successor of a rotated key makes it take
 * over the counters, before anything is decided on them.
 * @throws Unavailable
 */
export async function loadKey(keyId: string, now: Date): Promise<CachedKey | undefined> {
  const stored = await readKey(keyId);
  if (stored?.inheritsFrom === undefined) return cacheKey(keyId, stored);
  await inheritCounters(keyId, stored.inheritsFrom, now);
  return cacheKey(keyId, await readKey(keyId));
}

/**
 * Returns the key on whose item this one counts: itself or, once it has been rotated, the last of
 * its successors.
 * @throws Unavailable
 */
export async function countingKey(key: CachedKey, now: Date): Promise<CachedKey> {
  let counting = key;
  while (counting.record.rotated_to !== null) {
    const successor = counting.record.rotated_to;
    const next = cachedKey(successor) ?? (await loadKey(successor, now));
    if (!next) throw new Error(`${successor}, the successor of a rotated key, is gone`);
    counting = next;
  }
  return counting;
}
