import { LRUCache } from 'lru-cache';
import { notePresented } from '../aws/dynamodb/ended-keys.ts';
import { isRevoked } from '../domain/key-state.ts';
import type { KeyRecord } from '../domain/record.ts';
import { HOUR_MS } from '../domain/time.ts';
import { bestEffort } from '../runtime/best-effort.ts';
import { KEY_CACHE_OPTIONS } from './cache-options.ts';

/** When this process last noted a key, in milliseconds since the epoch. */
const noted = new LRUCache<string, number>(KEY_CACHE_OPTIONS);

/**
 * Notes that a key was presented with its secret if it is revoked, or rotated and past its grace
 * period: once an hour for each key and process. Never throws.
 */
export async function noteEndedKey(key: KeyRecord, now: Date): Promise<void> {
  if (!isRevoked(key, now)) return;
  const last = noted.get(key.key_id);
  if (last !== undefined && now.getTime() - last < HOUR_MS) return;
  noted.set(key.key_id, now.getTime());
  const write = (signal: AbortSignal) => notePresented(key, now, signal);
  if (!(await bestEffort('note of an ended key', write))) noted.delete(key.key_id);
}
