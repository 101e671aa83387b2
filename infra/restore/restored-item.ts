import {
  countersFrom,
  fromItem,
  INHERITS,
  type Item,
  SEALED_AFTER,
  toAttributes,
} from '../../lib/aws/dynamodb/item.ts';
import { readMonth } from '../../lib/aws/dynamodb/read-totals.ts';
import { readLog } from '../../lib/aws/dynamodb/usage-log.ts';
import {
  type Counters,
  enforcedMonthlyLimit,
  hourWindow,
  monthWindow,
  omitCounters,
  staleCounters,
} from '../../lib/domain/limits.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { HOUR_MS, monthOf } from '../../lib/domain/time.ts';

/** Reads the items of a key: that of the backup and the live one, as far as there are any. */
export type ReadKey = (keyId: string) => Promise<Item[]>;

/**
 * Makes the item of a key that is brought back: with its verifiers, its present settings, and counters
 * with which its limits hold.
 * @param item the key in the backup
 * @param record the key as it was last
 * @param lostBy a time by which the key was missing
 * @throws Unavailable
 */
export async function restoredItem(
  item: Item,
  record: KeyRecord,
  readKey: ReadKey,
  lostBy: Date,
  now: Date,
): Promise<Item> {
  const before = fromItem(item).record;
  const changed = Object.fromEntries(
    Object.entries(record).filter(([name, value]) => value !== before[name as keyof KeyRecord]),
  );
  // The counters include what the key has not taken over from its predecessor.
  const replaced = [INHERITS, ...Object.keys(changed)];
  const kept = Object.entries(item).filter(([name]) => !replaced.includes(name));
  const predecessors = await readPredecessors(item, readKey);
  const counters = [
    knownCounters([item, ...predecessors.flatMap(({ items }) => items)], now),
    { [monthWindow(now).counter]: await monthUse(record, predecessors, now) },
    unknownHours(Math.max(before.rate_limit_per_hour, record.rate_limit_per_hour), lostBy, now),
  ];
  return {
    // The entries of all later versions have seals.
    ...(record.version > before.version && { [SEALED_AFTER]: { N: String(before.version) } }),
    ...Object.fromEntries(kept),
    ...toAttributes(changed),
    ...toAttributes(highest(counters)),
  };
}

/** Returns the counters of a key's and its predecessors' items, those of windows that count. */
function knownCounters(items: readonly Item[], now: Date): Counters {
  const counters = highest(items.map(countersFrom));
  return omitCounters(counters, staleCounters(counters, now));
}

/** Returns the predictions that were reported for the key and its predecessors in this month. */
async function monthUse(record: KeyRecord, predecessors: readonly Predecessor[], now: Date) {
  const month = monthOf(now);
  let used = 0;
  for (const id of [record.key_id, ...predecessors.map(({ keyId }) => keyId)]) {
    const { predictions } = await readMonth(id, month);
    let logged = 0;
    // Totals may lag, or have been lost themselves.
    if (enforcedMonthlyLimit(record) !== undefined) {
      for await (const entry of readLog(id, month)) logged += entry.predictions_count;
    }
    used += Math.max(predictions, logged);
  }
  return used;
}

/**
 * Returns full counters of the hours in which the key may have been validated without a trace: the
 * count is on its item only, and the backup is older. Validations in flight may count in the hour
 * before.
 */
function unknownHours(limit: number, lostBy: Date, now: Date): Counters {
  const windows = [now, new Date(now.getTime() - HOUR_MS)].map(hourWindow);
  const unknown = windows.filter(({ endsAt }) => lostBy.getTime() >= endsAt.getTime() - HOUR_MS);
  return Object.fromEntries(unknown.map(({ counter }) => [counter, limit]));
}

/** A key that another one was rotated from, with its items. */
interface Predecessor {
  readonly keyId: string;
  readonly items: readonly Item[];
}

/** Reads the keys that a key was rotated from, the latest first. */
async function readPredecessors(item: Item, readKey: ReadKey): Promise<Predecessor[]> {
  const found: Predecessor[] = [];
  for (let keyId = item.rotated_from?.S; keyId !== undefined; ) {
    const items = await readKey(keyId);
    found.push({ keyId, items });
    keyId = items.find(({ rotated_from }) => rotated_from)?.rotated_from?.S;
  }
  return found;
}

function highest(all: readonly Counters[]): Counters {
  const found: Record<string, number> = {};
  for (const [name, count] of all.flatMap(Object.entries<number>)) {
    found[name] = Math.max(found[name] ?? 0, count);
  }
  return found;
}
