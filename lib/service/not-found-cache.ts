import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../domain/key.ts';
import { KEYS } from './memory.ts';

/** Short, as an operator may restore an item that was lost at any time. */
const MAX_AGE_MS = 1_000;

/**
 * When a presented key was not found, by the SHA-256 of its full text. The key_id would not do: whoever guessed
 * a public id could have the key refused that is later created with it. The full text of a key can't be
 * guessed before the key exists.
 */
const unknown = new LRUCache<string, number>(KEYS);

/** Returns true for a key that was not found within the last second. */
export function wasNotFound(key: ApiKey, now: Date): boolean {
  const at = unknown.get(sha256(key));
  return at !== undefined && Math.abs(now.getTime() - at) < MAX_AGE_MS;
}

/** Remembers that a key was not found. */
export function rememberNotFound(key: ApiKey, now: Date): void {
  unknown.set(sha256(key), now.getTime());
}

function sha256(key: ApiKey): string {
  return createHash('sha256').update(key.text).digest('base64');
}
