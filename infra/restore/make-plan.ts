import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { LOG_PREFIX } from '../../lib/aws/dynamodb/usage-items.ts';
import type { FieldChanges } from '../../lib/domain/audit-entry.ts';
import { isRevocation } from '../../lib/domain/replay.ts';
import { readAuditLog } from '../../lib/service/read-audit-log.ts';
import { TIME_TO_LIVE } from '../../lib/tables.ts';
import type { Progress } from '../commands/progress.ts';
import { checkOtherEvidence } from './evidence.ts';
import { type Fate, fateOf, isReturning, judge, type LostKey, trailOf } from './judge.ts';
import { forEach, missingIn, scan } from './scan.ts';
import { liveTable, PARTS, type Part, type Restoration } from './tables.ts';

/** What the live tables lack, and what is to be done about it. */
export interface Plan {
  readonly parts: readonly Part[];
  /** The number of audit entries that are missing. */
  readonly audit: number;
  readonly keys: readonly LostKey[];
  /** The ids of missing keys that were created after the restore point. */
  readonly createdSince: readonly string[];
  /** The ids of missing keys that were created before it, but are not in the backup either. */
  readonly lostBefore: readonly string[];
  /** The number of log entries and totals that are missing. */
  readonly usage: number;
  /** The months that those belong to, as in `2026-11`. */
  readonly months: readonly string[];
}

/** Compares the restored tables with the live ones, and decides about each key that is missing. */
export async function makePlan(
  restoration: Restoration,
  now: Date,
  progress: Progress,
): Promise<Plan> {
  const { to, parts, except } = restoration;
  const hasKeys = parts.includes('keys');
  const found: LostKey[] = [];
  await compare('keys', restoration, now, progress, (items) =>
    forEach(items, async (item) => {
      const keyId = item.key_id?.S ?? '';
      const fate = except.includes(keyId)
        ? ({ kind: 'excluded' } as const)
        : fateOf(item, await judge(item, to, now), now);
      found.push({ keyId, fate });
    }),
  );
  let audit = 0;
  const lostBefore: string[] = [];
  await compare('audit', restoration, now, progress, async (missing, all) => {
    audit += missing.length;
    if (hasKeys) lostBefore.push(...(await gone(createdIn(all), restoration, now)));
  });
  const since = hasKeys ? await createdSince(to, now) : { created: [], predecessors: [] };
  const months = new Set<string>();
  let usage = 0;
  await compare('usage', restoration, now, progress, (items) => {
    usage += items.length;
    for (const item of items) months.add((item.at?.S ?? item.sk?.S ?? '').slice(0, 7));
  });
  const checked = await checkOtherEvidence(found, new Set(since.predecessors), now);
  const keys = await withoutLostSuccessors(checked);
  return {
    parts,
    audit,
    keys: keys.sort((a, b) => (a.keyId < b.keyId ? -1 : 1)),
    createdSince: await gone(since.created, restoration, now),
    lostBefore: lostBefore.sort(),
    usage,
    months: [...months].sort(),
  };
}

/** Calls `onPage` with the items that the live table lacks of each page of a restored one. */
export async function compare(
  part: Part,
  { tables }: Restoration,
  now: Date,
  progress: Progress,
  onPage: (missing: Item[], all: Item[]) => Promise<void> | void,
): Promise<void> {
  const restored = tables[part];
  if (!restored) return;
  let done = 0;
  await scan({ TableName: restored.name }, async (all) => {
    const needed = part === 'usage' ? all.filter((item) => isNeeded(item, now)) : all;
    await onPage(await missingIn(restored.live, PARTS[part].keys, needed), all);
    done += all.length;
    progress(`Comparing ${part}`, done, restored.items);
  });
}

/** Totals, and log entries that have not expired. A checkpoint is of no use after its shard's end. */
function isNeeded(item: Item, now: Date): boolean {
  if (item.pk?.S?.startsWith('shard#')) return false;
  if (!item.pk?.S?.startsWith(LOG_PREFIX)) return true;
  const expiry = item[TIME_TO_LIVE]?.N;
  return expiry === undefined || Number(expiry) * 1000 > now.getTime();
}

function createdIn(entries: readonly Item[]): string[] {
  return entries.flatMap(({ action, key_id }) =>
    action?.S === 'create' && key_id?.S !== undefined ? key_id.S : [],
  );
}

/**
 * Returns those of the keys that neither the live table has nor the restored one, except those that
 * were revoked, which nobody misses.
 */
async function gone(keyIds: readonly string[], { tables }: Restoration, now: Date) {
  const nowhere = await missingKeys(await missingKeys(keyIds), tables.keys?.name);
  const missed: string[] = [];
  await forEach(nowhere, async (keyId) => {
    if (!(await trailOf(keyId, now)).some(isRevocation)) missed.push(keyId);
  });
  return missed.sort();
}

async function missingKeys(keyIds: readonly string[], table = liveTable('keys')) {
  const items = [...new Set(keyIds)].map((key_id) => ({ key_id: { S: key_id } }));
  const missing = await missingIn(table, PARTS.keys.keys, items);
  return missing.map(({ key_id }) => key_id.S);
}

/** Returns the keys that were created since a time, and those that they were rotated from. */
async function createdSince(to: Date, now: Date) {
  const created = new Set<string>();
  const predecessors: string[] = [];
  const query = { from: to.toISOString(), to: now.toISOString(), action: 'create' } as const;
  let position: Parameters<typeof readAuditLog>[2];
  do {
    const page = await readAuditLog(query, 1_000, position, now);
    for (const { keyId, values } of page.entries) {
      created.add(keyId);
      const from = (values.changes as FieldChanges | undefined)?.rotated_from?.new;
      if (typeof from === 'string') predecessors.push(from);
    }
    position = page.next;
  } while (position);
  return { created: [...created], predecessors };
}

/** A key in its grace period counts on the item of its successor, so it needs that. */
async function withoutLostSuccessors(keys: readonly LostKey[]): Promise<LostKey[]> {
  const missing = await missingKeys(keys.flatMap(({ fate }) => successorOf(fate) ?? []));
  for (let checked = [...keys]; ; ) {
    const returning = new Set(checked.filter(isReturning).map(({ keyId }) => keyId));
    const lost = new Set(missing.filter((keyId) => !returning.has(keyId)));
    const next = checked.map((key): LostKey => {
      const successor = successorOf(key.fate);
      if (successor === null || !lost.has(successor)) return key;
      return { ...key, fate: { kind: 'unclear', reason: `Its successor ${successor} is lost.` } };
    });
    // A key that does not come back may itself be the successor of another.
    if (next.every((key, i) => key === checked[i])) return next;
    checked = next;
  }
}

function successorOf(fate: Fate): string | null {
  return fate.kind === 'returns' && !fate.isEnded ? fate.successor : null;
}
