import { inheritCounters } from '../aws/dynamodb/inherit-counters.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import type { KeyRecord } from '../domain/record.ts';
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
export function countingKey(key: CachedKey, now: Date): Promise<CachedKey> {
  return lastSuccessor(key, async (keyId) => cachedKey(keyId) ?? (await loadKey(keyId, now)));
}

/**
 * Returns the last successor of a key, or the key itself if it has not been rotated.
 * @param read returns a key by its key_id
 * @throws Error when a successor does not exist
 */
export async function lastSuccessor<Key extends { readonly record: KeyRecord }>(
  key: Key,
  read: (keyId: string) => Promise<Key | undefined>,
): Promise<Key> {
  let last = key;
  while (last.record.rotated_to !== null) {
    const successor = last.record.rotated_to;
    const next = await read(successor);
    if (!next) throw new Error(`${successor}, the successor of a rotated key, is gone`);
    last = next;
  }
  return last;
}
