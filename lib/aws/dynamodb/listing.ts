import { type KeyFilter, matchesFilter, type Position } from '../../domain/key-filter.ts';
import type { KeyPage } from '../../domain/key-page.ts';
import type { KeyRecord } from '../../domain/record.ts';
import { batchGet, MAX_KEYS } from './batch-get.ts';
import { fromItem, type StoredKey } from './item.ts';
import { type Entry, readIndex } from './key-index.ts';
import { keysTable } from './keys.ts';

export type Page = KeyPage<StoredKey>;

/** The size of a page when all keys are read. */
const PAGE = 1000;
/**
 * The time after which a page starts no further query, so that the last one and the records fit
 * into the 2.7 s of a request. On a Lambda with 512 MB 1,000 entries take 0.1 s and 1,000 records
 * 0.5 s.
 */
export const INDEX_BUDGET_MS = 1_000;

/**
 * Returns a page of keys, newest first. An index selects them, and the table is then read
 * consistently, so that a change just made is shown. A key that was created or changed in the last
 * instant may be missing. A page is short, even empty, when a filter matches so few keys that the
 * time runs out.
 * @param indexBudgetMs the time during which queries start; each partition gets at least one
 * @throws Unavailable
 */
export async function listKeys(
  filter: KeyFilter,
  limit: number,
  after: Position | undefined,
  now: Date,
  indexBudgetMs = INDEX_BUDGET_MS,
): Promise<Page> {
  const stopAt = performance.now() + indexBudgetMs;
  // By key_id, because a key that is being revoked may be found in both partitions.
  const found = new Map<string, Entry>();
  let last = after;
  let next: Position | undefined;
  for await (const read of readIndex(filter, limit, after, () => performance.now() < stopAt)) {
    if (read.kind === 'out_of_time') {
      next = last;
      break;
    }
    const { entry } = read;
    if (matchesFilter(entry, filter, now) && !found.has(entry.key_id)) {
      if (found.size === limit) {
        next = last;
        break;
      }
      found.set(entry.key_id, entry);
    }
    last = entry;
  }
  const keys = await readKeys([...found.keys()]);
  return { keys: keys.filter(({ record }) => matchesFilter(record, filter, now)), next };
}

/**
 * Reads every key that matches, newest first, page by page.
 * @throws Unavailable
 */
export async function* everyKey(filter: KeyFilter, now: Date): AsyncGenerator<KeyRecord> {
  let after: Position | undefined;
  do {
    const { keys, next } = await listKeys(filter, PAGE, after, now);
    for (const { record } of keys) yield record;
    after = next;
  } while (after);
}

/** Reads keys, in the order of the ids. */
export async function readKeys(keyIds: string[]): Promise<StoredKey[]> {
  const ids = keyIds.map((keyId) => ({ key_id: { S: keyId } }));
  const batches = Array.from({ length: Math.ceil(ids.length / MAX_KEYS) }, (_, i) =>
    batchGet(keysTable(), { Keys: ids.slice(i * MAX_KEYS, (i + 1) * MAX_KEYS) }),
  );
  const keys = (await Promise.all(batches)).flat().map(fromItem);
  const found = new Map(keys.map((key) => [key.record.key_id, key]));
  return keyIds.flatMap((keyId) => found.get(keyId) ?? []);
}
