import { QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type FilteredFields,
  type KeyFilter,
  matchesFilter,
  type Position,
} from '../../domain/key-filter.ts';
import type { KeyRecord } from '../../domain/record.ts';
import { LISTING } from '../../tables.ts';
import { batchGet, MAX_KEYS } from './batch-get.ts';
import { dynamodb } from './client.ts';
import { PARTITIONS, type Partition, recordFrom } from './item.ts';
import { keysTable } from './keys.ts';

export interface Page {
  readonly records: KeyRecord[];
  /** The position after which the next page begins; undefined on the last page. */
  readonly next: Position | undefined;
}

/**
 * The size of a page when all keys are read, and of a query whose entries a filter selects from.
 */
const PAGE = 1000;
/**
 * The time after which a page starts no further query, so that the last one and the records fit
 * into the 2.7 s of a request. On a Lambda with 512 MB 1,000 entries take 0.1 s and 1,000 records
 * 0.5 s.
 */
export const INDEX_BUDGET_MS = 1_000;

type Entry = Position & FilteredFields;
type Read =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** Reading stops before the end of the index. */
  | { readonly kind: 'out_of_time' };

/**
 * Returns a page of keys, newest first. The index selects them, and the table is then read
 * consistently, so that a change just made is shown. A key that was created or revoked in the last
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
  const records = await readRecords([...found.keys()]);
  return { records: records.filter((record) => matchesFilter(record, filter, now)), next };
}

/**
 * Reads every key that matches, newest first, page by page.
 * @throws Unavailable
 */
export async function* everyKey(filter: KeyFilter, now: Date): AsyncGenerator<KeyRecord> {
  let after: Position | undefined;
  do {
    const { records, next } = await listKeys(filter, PAGE, after, now);
    yield* records;
    after = next;
  } while (after);
}

/** Reads the entries that may match, newest first, as they are asked for. */
function readIndex(
  filter: KeyFilter,
  limit: number,
  after: Position | undefined,
  hasTime: () => boolean,
): AsyncGenerator<Read, void> {
  const inUse = filter.active_only || filter.rotation_due;
  const partitions = inUse ? [PARTITIONS.unrevoked] : Object.values(PARTITIONS);
  const selects = inUse || filter.service_id !== undefined || filter.environment !== undefined;
  // One more than the page, to find out whether there is another page.
  const size = selects ? PAGE : limit + 1;
  return merge(partitions.map((partition) => readPartition(partition, after, size, hasTime)));
}

/** Merges sources sorted newest first into one sequence in the same order. */
async function* merge(sources: AsyncGenerator<Read, void>[]): AsyncGenerator<Read, void> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, result: await source.next() })),
  );
  while (true) {
    const open = heads.flatMap((head) =>
      head.result.done ? [] : [{ head, read: head.result.value }],
    );
    const [newest] = open.sort((a, b) => byAge(a.read, b.read));
    if (!newest) return;
    yield newest.read;
    newest.head.result = await newest.head.source.next();
  }
}

/** Orders entries like the index, newest first; a source that is out of time comes before any. */
function byAge(a: Read, b: Read): number {
  if (a.kind === 'out_of_time') return -1;
  if (b.kind === 'out_of_time') return 1;
  return placeOf(a.entry) > placeOf(b.entry) ? -1 : 1;
}

function placeOf({ created_at, key_id }: Position): string {
  return `${created_at} ${key_id}`;
}

async function* readPartition(
  partition: Partition,
  after: Position | undefined,
  size: number,
  hasTime: () => boolean,
): AsyncGenerator<Read, void> {
  let position = after;
  do {
    const { Items = [], LastEvaluatedKey } = await queryIndex(partition, position, size);
    for (const item of Items) yield { kind: 'entry', entry: recordFrom(item) };
    position = LastEvaluatedKey && recordFrom(LastEvaluatedKey);
    if (position && !hasTime()) yield { kind: 'out_of_time' };
  } while (position);
}

function queryIndex(partition: Partition, after: Position | undefined, size: number) {
  return dynamodb(
    new QueryCommand({
      TableName: keysTable(),
      IndexName: LISTING.name,
      KeyConditionExpression: `${LISTING.partitionKey} = :partition`,
      ExpressionAttributeValues: { ':partition': { S: partition } },
      ScanIndexForward: false,
      Limit: size,
      ...(after && {
        // The cursor's key may be in the other partition: DynamoDB continues from its place in
        // this.
        ExclusiveStartKey: {
          [LISTING.partitionKey]: { S: partition },
          created_at: { S: after.created_at },
          key_id: { S: after.key_id },
        },
      }),
    }),
  );
}

/** Reads the records of keys, in the order of the ids. */
export async function readRecords(keyIds: string[]): Promise<KeyRecord[]> {
  const keys = keyIds.map((keyId) => ({ key_id: { S: keyId } }));
  const batches = Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, i) =>
    batchGet(keysTable(), { Keys: keys.slice(i * MAX_KEYS, (i + 1) * MAX_KEYS) }),
  );
  const records = (await Promise.all(batches)).flat().map(recordFrom);
  const found = new Map(records.map((record) => [record.key_id, record]));
  return keyIds.flatMap((keyId) => found.get(keyId) ?? []);
}
