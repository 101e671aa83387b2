import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../domain/key.ts';
import { KEY_CACHE_OPTIONS } from './cache-options.ts';

/** Short, because an operator may restore a lost item at any time. */
const MAX_AGE_MS = 1_000;

/**
 * The time at which a presented key was unknown or had a wrong secret, by the SHA-256 of the full
 * key. The key_id would not do: anyone who guesses a public id could have the key refused.
 */
const refused = new LRUCache<string, number>(KEY_CACHE_OPTIONS);

/** Returns whether the key was refused within the last second. */
export function wasRefused(key: ApiKey, now: Date): boolean {
  const at = refused.get(nameOf(key));
  return at !== undefined && Math.abs(now.getTime() - at) < MAX_AGE_MS;
}

/** Caches that the key is unknown or has a wrong secret. */
export function cacheRefused(key: ApiKey, now: Date): void {
  refused.set(nameOf(key), now.getTime());
}

function nameOf({ sha256 }: ApiKey): string {
  return sha256.toString('base64');
}
