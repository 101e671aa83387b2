import { LRUCache } from 'lru-cache';
import type { StoredKey } from '../aws/dynamodb/item.ts';
import { type Allowlist, compileAllowlist } from '../domain/allowlist.ts';
import type { LeaseMarks } from '../domain/lease.ts';
import type { Counters, ReachedLimit } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { AddressTimes } from '../domain/used-from.ts';
import type { Verifiers } from '../domain/verifiers.ts';
import { KEY_CACHE_OPTIONS, LIMIT_CACHE_MS } from './cache-options.ts';

/**
 * A key as this process read it last. It may be out of date, so it is read again before it is
 * refused. Only the functions of this file change an entry.
 */
export interface CachedKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly allows: Allowlist;
  readonly counters: Counters;
  readonly leases: LeaseMarks;
  readonly usedFrom: AddressTimes;
  /** A limit that the counters have reached. */
  readonly limit?: { readonly reached: ReachedLimit; readonly cachedUntil: number };
}

type Entry = { -readonly [field in keyof CachedKey]: CachedKey[field] };

/** About 2 KB per key and 20 MB in all. A key with many scopes or ranges counts as several keys. */
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

/** Caches the counters that a write has returned. */
export function cacheCounters(key: CachedKey, counters: Counters): void {
  const entry: Entry = key;
  entry.counters = counters;
}

/** Caches the addresses that a write has returned. */
export function cacheAddresses(key: CachedKey, usedFrom: AddressTimes): void {
  const entry: Entry = key;
  entry.usedFrom = usedFrom;
}

/** Caches a reached limit, with the counters that have reached it. */
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

/** Returns the limit that the key was seen to have reached within {@link LIMIT_CACHE_MS}. */
export function cachedLimit({ limit }: CachedKey, now: Date): ReachedLimit | undefined {
  return limit && now.getTime() < limit.cachedUntil ? limit.reached : undefined;
}
