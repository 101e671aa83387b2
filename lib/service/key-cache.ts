import { LRUCache } from 'lru-cache';
import { inheritCounters } from '../aws/dynamodb/inherit-counters.ts';
import type { StoredKey } from '../aws/dynamodb/item.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { type Allowlist, compileAllowlist } from '../domain/allowlist.ts';
import type { Counters, ReachedLimit } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { Verifiers } from '../domain/verifiers.ts';

/**
 * The number of keys in each cache of a process. It is set as a size, because with `max` the cache
 * allocates arrays of that length while the function loads.
 */
export const KEY_CACHE_OPTIONS = { maxSize: 10_000, sizeCalculation: () => 1 };

/**
 * A process answers "over the limit" from its cache for this time, so that a flood on one key does
 * not become a flood on its partition. A change that lifts a limit waits for it before it answers.
 */
export const LIMIT_CACHE_MS = 1_000;

/** A key as this process read it last. It may be old: it is read again before it is refused. */
export interface CachedKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly allows: Allowlist;
  readonly counters: Counters;
  /** A limit that was seen reached. */
  readonly limit?: { readonly reached: ReachedLimit; readonly cachedUntil: number };
}

type Entry = { -readonly [field in keyof CachedKey]: CachedKey[field] };

/**
 * About 2 KB per key and 20 MB in all. A key with many scopes or ranges counts as several, according
 * to its size.
 */
const cache = new LRUCache<string, Entry>({
  ...KEY_CACHE_OPTIONS,
  sizeCalculation: ({ record: { scopes, allowed_ips } }) =>
    1 + Math.ceil((scopes.length + (allowed_ips?.length ?? 0)) / 10),
});

/** Returns the key if it is cached. */
export function cachedKey(keyId: string): CachedKey | undefined {
  return cache.get(keyId);
}

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
 * Replaces the cached key by one that was read. A successor that has not taken over its counters is
 * not cached.
 */
export function cacheKey(keyId: string, stored: StoredKey | undefined): CachedKey | undefined {
  cache.delete(keyId);
  if (!stored || stored.inheritsFrom !== undefined) return undefined;
  const entry: Entry = { ...stored, allows: compileAllowlist(stored.record.allowed_ips) };
  cache.set(keyId, entry);
  return entry;
}

/** Caches the counters as a write has returned them. */
export function cacheCounters(key: CachedKey, counters: Counters): void {
  const entry: Entry = key;
  entry.counters = counters;
}

/** Caches a limit that was seen reached, with the counters that have reached it. */
export function cacheLimit(
  key: CachedKey,
  reached: ReachedLimit,
  counters: Counters,
  now: Date,
): void {
  const entry: Entry = key;
  const cachedUntil = Math.min(now.getTime() + LIMIT_CACHE_MS, reached.until.getTime());
  entry.limit = { reached, cachedUntil };
  entry.counters = counters;
}

/** Returns the limit that a key was seen to have reached a moment ago. */
export function cachedLimit({ limit }: CachedKey, now: Date): ReachedLimit | undefined {
  return limit && now.getTime() < limit.cachedUntil ? limit.reached : undefined;
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
