import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../domain/key.ts';
import { KEY_CACHE_OPTIONS } from './cache-options.ts';

/** Short, because an operator may restore a lost item at any time. */
const MAX_AGE_MS = 1_000;

/**
 * The time at which a presented key was not found, by the SHA-256 of the full key. The key_id would
 * not do: anyone who guesses a public id could have the key refused that is later created with it.
 */
const notFound = new LRUCache<string, number>(KEY_CACHE_OPTIONS);

/** Returns whether the key was not found within the last second. */
export function wasNotFound(key: ApiKey, now: Date): boolean {
  const at = notFound.get(sha256(key));
  return at !== undefined && Math.abs(now.getTime() - at) < MAX_AGE_MS;
}

/** Caches that a key was not found. */
export function cacheNotFound(key: ApiKey, now: Date): void {
  notFound.set(sha256(key), now.getTime());
}

function sha256(key: ApiKey): string {
  return createHash('sha256').update(key.text).digest('base64');
}
