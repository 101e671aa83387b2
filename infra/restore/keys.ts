import { readEntries } from '../../lib/aws/dynamodb/audit.ts';
import {
  countersFrom,
  fromItem,
  INHERITS,
  type Item,
  SEALED_AFTER,
  toAttributes,
} from '../../lib/aws/dynamodb/item.ts';
import { readKey } from '../../lib/aws/dynamodb/keys.ts';
import { readMonth } from '../../lib/aws/dynamodb/read-totals.ts';
import { monthWindow, omitCounters, staleCounters } from '../../lib/domain/limits.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { type Replay, replay } from '../../lib/domain/replay.ts';
import { monthOf } from '../../lib/domain/time.ts';
import { checkSeals } from '../../lib/service/check-seal.ts';

/** Entries of a trail that are read at once. */
const PAGE = 100;

/** Returns the item of a key at the restore point; undefined: there was none. */
export type ReadRestored = (keyId: string) => Promise<Item | undefined>;

/** A key that the live table lacks, with its item at the restore point. */
export interface LostKey {
  readonly item: Item;
  readonly replay: Replay;
}

/**
 * Finds out from the audit trail what has become of a lost key since the restore point.
 * @throws Unavailable
 */
export async function judge(item: Item, to: Date, now: Date): Promise<LostKey> {
  const { record } = fromItem(item);
  const trail = [];
  let after: string | undefined;
  do {
    const page = await readEntries(record.key_id, PAGE, after);
    trail.push(...(await checkSeals(page.entries, now)));
    after = page.next;
  } while (after !== undefined);
  return { item, replay: replay(record, trail, to, now) };
}

/**
 * Makes the item of a key that is brought back: with its verifiers, its present settings and
 * counters, and without indexes on which it depends.
 * @throws Unavailable
 */
export async function itemOf(
  item: Item,
  record: KeyRecord,
  readRestored: ReadRestored,
  now: Date,
): Promise<Item> {
  const before = fromItem(item).record;
  const fields = Object.fromEntries(
    Object.entries(record).filter(([name, value]) => value !== before[name as keyof KeyRecord]),
  );
  const removed = [
    INHERITS,
    ...Object.keys(fields).filter((name) => record[name as keyof KeyRecord] === null),
  ];
  const kept = Object.entries(item).filter(([name]) => !removed.includes(name));
  return {
    // Entries from before seals stay the first ones; later ones have seals.
    ...(record.version > before.version && { [SEALED_AFTER]: { N: String(before.version) } }),
    ...Object.fromEntries(kept),
    ...toAttributes(fields),
    ...toAttributes(await countersOf(item, readRestored, now)),
  };
}

/**
 * Returns the counters of a key that is brought back. The month's is not below what the key and
 * those it was rotated from have used, so its limit holds. Those of a predecessor are included that
 * the key has not taken over at the restore point.
 */
async function countersOf(item: Item, readRestored: ReadRestored, now: Date) {
  const { key_id } = fromItem(item).record;
  const found = [countersFrom(item)];
  let used = 0;
  let next: Item | undefined = item;
  for (let id: string | undefined = key_id; id !== undefined; ) {
    used += (await readMonth(id, monthOf(now))).predictions;
    const from: string | undefined = next?.rotated_from?.S;
    if (from !== undefined && next?.[INHERITS]) found.push((await readKey(from))?.counters ?? {});
    next = from === undefined ? undefined : await readRestored(from);
    if (from !== undefined && next) found.push(countersFrom(next));
    id = from;
  }
  const month = monthWindow(now).counter;
  const highest: Record<string, number> = { [month]: used };
  for (const counters of found) {
    for (const [name, count] of Object.entries(
      omitCounters(counters, staleCounters(counters, now)),
    )) {
      highest[name] = Math.max(highest[name] ?? 0, count);
    }
  }
  return highest;
}
