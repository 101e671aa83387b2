import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { batchGet, MAX_KEYS } from '../../lib/aws/dynamodb/batch-get.ts';
import { dynamodb } from '../../lib/aws/dynamodb/client.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { BACKGROUND_RETRY } from '../../lib/aws/dynamodb/retry.ts';
import { LOG_PREFIX } from '../../lib/aws/dynamodb/usage-items.ts';
import { RESTORED_AT } from '../../lib/aws/dynamodb/usage-stream.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { readAuditLog } from '../../lib/service/read-audit-log.ts';
import { TIME_TO_LIVE } from '../../lib/tables.ts';
import { findMissing, putIfMissing } from './compare.ts';
import { itemOf, judge, type LostKey } from './keys.ts';
import { idOf, isReturning, type Plan } from './plan.ts';
import { type RestoredTable, restoreTable } from './point-in-time.ts';

/** The parts of a stage that can be restored, with the table of each and its keys. */
export const PARTS = {
  audit: { variable: VARIABLES.auditTable, keys: ['key_id', 'at'] },
  keys: { variable: VARIABLES.keysTable, keys: ['key_id'] },
  usage: { variable: VARIABLES.usageTable, keys: ['pk', 'sk'] },
} as const;
export type Part = keyof typeof PARTS;

/** Keys that are decided on, or brought back, at the same time. */
const AT_ONCE = 16;

/** Shows how far a step is. */
export type Progress = (step: string, done: number, of: number) => void;

export interface Restoration {
  readonly to: Date;
  readonly parts: readonly Part[];
  readonly tables: Readonly<Partial<Record<Part, RestoredTable>>>;
}

/**
 * Restores the tables of the parts to a point in time: into new tables, or those of an earlier run.
 * @param account the account that the tables must be in; undefined: any
 * @param from tables that have been restored already, in another way
 */
export async function restoreTables(
  to: Date,
  parts: readonly Part[],
  account: string | undefined,
  from?: Readonly<Record<Part, string>>,
): Promise<Restoration> {
  // What has become of a key is in the audit log, whose completeness is checked first.
  const needed = parts.includes('keys') ? [...new Set<Part>(['audit', ...parts])] : parts;
  const tables = needed.map(async (part) => {
    const live = table(part);
    const restored = from
      ? { live, name: from[part], items: 0 }
      : await restoreTable(live, to, account);
    return [part, restored] as const;
  });
  return { to, parts, tables: Object.fromEntries(await Promise.all(tables)) };
}

/** Compares the restored tables with the live ones, and decides about each key that is missing. */
export async function makePlan(
  { to, parts, tables }: Restoration,
  now: Date,
  progress: Progress,
): Promise<Plan> {
  const count = async (part: Part) => {
    let missing = 0;
    await compare(part, tables[part], now, progress, (items) => {
      missing += items.length;
    });
    return missing;
  };
  const items: Item[] = [];
  await compare('keys', tables.keys, now, progress, (missing) => {
    items.push(...missing);
  });
  const keys: LostKey[] = [];
  await forEach(items, async (item) => {
    keys.push(await judge(item, to, now));
    progress('Reading audit trails', keys.length, items.length);
  });
  keys.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  return {
    to,
    parts,
    audit: await count('audit'),
    keys: await withoutLostSuccessors(keys),
    createdSince: parts.includes('keys') ? await createdSince(to, now) : [],
    usage: await count('usage'),
  };
}

/** Calls `onMissing` with the items of a restored table that the live one lacks. */
async function compare(
  part: Part,
  restored: RestoredTable | undefined,
  now: Date,
  progress: Progress,
  onMissing: (items: Item[]) => Promise<void> | void,
): Promise<void> {
  if (!restored) return;
  let done = 0;
  await findMissing(
    restored,
    PARTS[part].keys,
    (items) => onMissing(part === 'usage' ? items.filter((item) => isNeeded(item, now)) : items),
    (items) => {
      done += items;
      progress(`Comparing ${part}`, done, restored.items);
    },
  );
}

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Totals, and log entries that have not expired. A checkpoint is of no use after its shard's end. */
function isNeeded(item: Item, now: Date): boolean {
  if (item.pk?.S?.startsWith('shard#')) return false;
  const expiry = item[TIME_TO_LIVE]?.N;
  return expiry === undefined || Number(expiry) * 1000 > now.getTime();
}

/** A key in its grace period counts on the item of its successor, so it needs that. */
async function withoutLostSuccessors(keys: readonly LostKey[]): Promise<LostKey[]> {
  const returning = new Set(
    keys.flatMap(({ item, replay }) => (replay.kind === 'current' ? (item.key_id?.S ?? []) : [])),
  );
  const successors = keys.flatMap(({ replay }) =>
    replay.kind === 'current' ? (replay.record.rotated_to ?? []) : [],
  );
  const live = await existing(successors.filter((id) => !returning.has(id)));
  return keys.map((key) => {
    const successor = key.replay.kind === 'current' ? key.replay.record.rotated_to : null;
    if (successor === null || returning.has(successor) || live.has(successor)) return key;
    return { ...key, replay: { kind: 'unclear', reason: `has lost its successor ${successor}` } };
  });
}

/** Returns the ids of keys that were created after the restore point and are missing now. */
async function createdSince(to: Date, now: Date): Promise<string[]> {
  const created = new Set<string>();
  let position: Parameters<typeof readAuditLog>[2];
  do {
    const query = { from: to.toISOString(), to: now.toISOString(), action: 'create' } as const;
    const page = await readAuditLog(query, MAX_KEYS, position, now);
    for (const { keyId } of page.entries) created.add(keyId);
    position = page.next;
  } while (position);
  const live = await existing([...created]);
  return [...created].filter((id) => !live.has(id)).sort();
}

async function existing(ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += MAX_KEYS) {
    const Keys = ids.slice(at, at + MAX_KEYS).map((key_id) => ({ key_id: { S: key_id } }));
    const wanted = { Keys, ProjectionExpression: 'key_id' };
    for (const { key_id } of await batchGet(table('keys'), wanted, BACKGROUND_RETRY)) {
      found.add(key_id?.S ?? '');
    }
  }
  return found;
}

/**
 * Puts what is missing into the live tables, where it is still missing. The trail of each key is
 * read again just before. If the audit log has lost entries, no key is brought back.
 * @returns the number of items that were put
 */
export async function carryOut(
  plan: Plan,
  { tables }: Restoration,
  now: Date,
  progress: Progress,
): Promise<number> {
  let put = 0;
  for (const part of ['usage', 'audit'] as const) {
    if (!plan.parts.includes(part)) continue;
    const [key] = PARTS[part].keys;
    await compare(part, tables[part], now, progress, (items) =>
      forEach(items, async (item) => {
        const marked = part === 'usage' ? markRestored(item, now) : item;
        if (await putIfMissing(table(part), marked, key)) put++;
      }),
    );
  }
  const returning = plan.audit === 0 ? plan.keys.filter(isReturning) : [];
  let done = 0;
  await forEach(returning, async ({ item }) => {
    const { replay } = await judge(item, plan.to, now);
    if (replay.kind === 'current') {
      const current = await itemOf(item, replay.record, (id) => readFrom(tables.keys, id), now);
      if (await putIfMissing(table('keys'), current, 'key_id')) put++;
    }
    progress('Bringing back keys', ++done, returning.length);
  });
  return put;
}

/** Marks a log entry, so that `count-usage` does not add it to the totals a second time. */
function markRestored(item: Item, now: Date): Item {
  const isLogged = item.pk?.S?.startsWith(LOG_PREFIX);
  return isLogged ? { ...item, [RESTORED_AT]: { S: now.toISOString() } } : item;
}

async function readFrom(
  restored: RestoredTable | undefined,
  keyId: string,
): Promise<Item | undefined> {
  const { Item } = await dynamodb(
    new GetItemCommand({
      TableName: restored?.name,
      Key: { key_id: { S: keyId } },
      ConsistentRead: true,
    }),
    { retry: BACKGROUND_RETRY },
  );
  return Item;
}

function table(part: Part): string {
  return requireEnv(PARTS[part].variable);
}
