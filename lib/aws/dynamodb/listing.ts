import { QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type FilteredFields,
  type KeyFilter,
  type KeyRecord,
  matchesFilter,
  type Position,
} from '../../domain/record.ts';
import { LISTING } from '../../tables.ts';
import { batchGet, MOST_KEYS } from './batch-get.ts';
import { dynamodb } from './client.ts';
import { PARTITIONS, type Partition, recordFrom } from './item.ts';
import { keysTable } from './keys.ts';

export interface Page {
  readonly records: KeyRecord[];
  /** Where the next page begins; undefined on the last. */
  readonly next: Position | undefined;
}

/** How many keys are read at a time when all are wanted, and how many entries of the index where a filter is to choose. */
const PAGE = 1000;
/**
 * For how long a page reads the index before it is cut short, so that the last query and the records fit into
 * the 2.7 s of a request: 1,000 of either take 0.1 s and 0.5 s of a 512 MB Lambda's share of a processor.
 */
const INDEX_BUDGET_MS = 1_000;

type Entry = Position & FilteredFields;
/** An entry of the index, or where reading stops although there are more. */
type Read = Entry | 'out_of_time';

/**
 * Returns a page of keys, newest first. The index says which; the table says what they are, read
 * consistently, so a change just made shows. A key just created or revoked may be missing for an instant.
 * A page is short, even empty, when a filter that hardly anything matches takes too long.
 * @param indexBudgetMs for how long queries of the index may begin; each partition gets one in any case
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
  // By key_id, as a key that is being revoked may be met in both partitions.
  const found = new Map<string, Entry>();
  let last = after;
  let next: Position | undefined;
  for await (const entry of readIndex(filter, limit, after, () => performance.now() < stopAt)) {
    if (entry === 'out_of_time') {
      next = last;
      break;
    }
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
 * Every key that matches, newest first, read page by page.
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
  // One more than the page, to know whether there is a next.
  const size = selects ? PAGE : limit + 1;
  return merge(partitions.map((partition) => readPartition(partition, after, size, hasTime)));
}

/** Merges what comes newest first from each source into one sequence that does. */
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

/** Orders entries as the index does, newest first; what a source that is out of time would say comes before any. */
function byAge(a: Read, b: Read): number {
  if (a === 'out_of_time') return -1;
  if (b === 'out_of_time') return 1;
  return placeOf(a) > placeOf(b) ? -1 : 1;
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
    for (const item of Items) yield recordFrom(item);
    position = LastEvaluatedKey && recordFrom(LastEvaluatedKey);
    if (position && !hasTime()) yield 'out_of_time';
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
        // A cursor may be of a key in the other partition: DynamoDB continues where it would stand in this.
        ExclusiveStartKey: {
          [LISTING.partitionKey]: { S: partition },
          created_at: { S: after.created_at },
          key_id: { S: after.key_id },
        },
      }),
    }),
  );
}

/** Reads the records in the order asked for, without their verifiers. */
async function readRecords(keyIds: string[]): Promise<KeyRecord[]> {
  const keys = keyIds.map((keyId) => ({ key_id: { S: keyId } }));
  const batches = Array.from({ length: Math.ceil(keys.length / MOST_KEYS) }, (_, i) =>
    batchGet(keysTable(), { Keys: keys.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS) }),
  );
  const records = (await Promise.all(batches)).flat().map(recordFrom);
  const found = new Map(records.map((record) => [record.key_id, record]));
  return keyIds.flatMap((keyId) => found.get(keyId) ?? []);
}
