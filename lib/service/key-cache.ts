import { LRUCache } from 'lru-cache';
import { inheritCounters } from '../aws/dynamodb/counting.ts';
import type { StoredKey } from '../aws/dynamodb/item.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { type Allowlist, compileAllowlist } from '../domain/allowlist.ts';
import type { Counters, Exhausted } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { Verifiers } from '../domain/verifiers.ts';
import { KEYS } from './memory.ts';

/** What this container knows of a key. It may be old: only the store says yes, and a no is read again. */
export interface KnownKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly allows: Allowlist;
  counters: Counters;
  /** A limit seen reached, believed for {@link LIMIT_MEMORY_MS}. */
  limit?: { readonly exhausted: Exhausted; readonly believedUntil: number };
}

/** About 2 KB each, 20 MB at most: one with many scopes or ranges counts for as many keys as it is large. */
const known = new LRUCache<string, KnownKey>({
  ...KEYS,
  sizeCalculation: ({ record: { scopes, allowed_ips } }) =>
    1 + Math.ceil((scopes.length + (allowed_ips?.length ?? 0)) / 10),
});

/** What is remembered of a key. */
export function recallKey(keyId: string): KnownKey | undefined {
  return known.get(keyId);
}

/**
 * Reads a key and remembers it. The first to read the successor of a rotated key makes it take over the
 * counters before anything is decided on them.
 * @throws Unavailable
 */
export async function loadKey(keyId: string, now: Date): Promise<KnownKey | undefined> {
  const stored = await readKey(keyId);
  if (stored?.inheritsFrom === undefined) return rememberKey(keyId, stored);
  await inheritCounters(keyId, stored.inheritsFrom, now);
  return rememberKey(keyId, await readKey(keyId));
}

/** Replaces what is known of a key; of one that has yet to take over its counters nothing is. */
export function rememberKey(keyId: string, stored: StoredKey | undefined): KnownKey | undefined {
  known.delete(keyId);
  if (!stored || stored.inheritsFrom !== undefined) return undefined;
  const held = { ...stored, allows: compileAllowlist(stored.record.allowed_ips) };
  known.set(keyId, held);
  return held;
}

/**
 * The key on whose item this one counts: itself or, once it has been rotated, the last of its successors.
 * @throws Unavailable
 */
export async function countingKey(key: KnownKey, now: Date): Promise<KnownKey> {
  let counting = key;
  while (counting.record.rotated_to !== null) {
    const successor = counting.record.rotated_to;
    const next = recallKey(successor) ?? (await loadKey(successor, now));
    if (!next) throw new Error(`${successor}, the successor of a rotated key, is gone`);
    counting = next;
  }
  return counting;
}
