import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { LOG_PREFIX } from '../../lib/aws/dynamodb/usage-items.ts';
import { RESTORED_AT } from '../../lib/aws/dynamodb/usage-stream.ts';
import type { Progress } from '../commands/progress.ts';
import { isReturning, judge } from './judge.ts';
import { compare, type Plan } from './make-plan.ts';
import { restoredItem } from './restored-item.ts';
import { forEach, putIfMissing, readItem } from './scan.ts';
import { liveTable, PARTS, type Part, type Restoration } from './tables.ts';

/**
 * Puts what is missing into the live tables, where it is still missing. If the audit log has lost
 * entries, no key is brought back.
 * @param lostBy a time by which the items were missing
 * @returns the number of items of each part that were put
 */
export async function carryOut(
  plan: Plan,
  restoration: Restoration,
  lostBy: Date,
  progress: Progress,
): Promise<Record<Part, number>> {
  const put = { keys: 0, usage: 0, audit: 0 };
  const now = new Date();
  // Usage first, because the month's count of a key is made from it.
  for (const part of ['usage', 'audit'] as const) {
    if (!plan.parts.includes(part)) continue;
    const [key] = PARTS[part].keys;
    await compare(part, restoration, now, progress, (missing) =>
      forEach(missing, async (item) => {
        const marked = part === 'usage' ? markRestored(item, now) : item;
        if (await putIfMissing(liveTable(part), marked, key)) put[part]++;
      }),
    );
  }
  const returning = plan.audit === 0 ? plan.keys.filter(isReturning) : [];
  let done = 0;
  await forEach(returning, async ({ keyId }) => {
    if (await bringBack(keyId, restoration, lostBy)) put.keys++;
    progress('Bringing back keys', ++done, returning.length);
  });
  return put;
}

/** Puts a key's item as its trail says at this moment, and returns whether it was missing. */
async function bringBack(
  keyId: string,
  { to, tables }: Restoration,
  lostBy: Date,
): Promise<boolean> {
  const backup = tables.keys?.name ?? '';
  const readKey = async (id: string) => {
    const found = [await readItem(backup, id), await readItem(liveTable('keys'), id)];
    return found.filter((item) => item !== undefined);
  };
  const item = await readItem(backup, keyId);
  if (!item) return false;
  const now = new Date();
  const replayed = await judge(item, to, now);
  if (replayed.kind !== 'current') return false;
  const restored = await restoredItem(item, replayed.record, readKey, lostBy, now);
  return putIfMissing(liveTable('keys'), restored, 'key_id');
}

/** Marks a log entry, so that `count-usage` does not add it to the totals a second time. */
function markRestored(item: Item, now: Date): Item {
  const isLogged = item.pk?.S?.startsWith(LOG_PREFIX);
  return isLogged ? { ...item, [RESTORED_AT]: { S: now.toISOString() } } : item;
}
