import {
  BatchGetItemCommand,
  type KeysAndAttributes,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type FilteredFields,
  type KeyFilter,
  type KeyRecord,
  matchesFilter,
  type Position,
} from '../domain/record.ts';
import { LISTING } from '../tables.ts';
import { dynamodb } from './dynamodb.ts';
import { type Item, LISTED, recordFrom } from './item.ts';
import { keysTable } from './keys.ts';

export interface Page {
  readonly records: KeyRecord[];
  /** Where the next page begins; undefined on the last. */
  readonly next: Position | undefined;
}

/** How many keys are read at a time when all are wanted. */
const PAGE = 1000;
/** BatchGetItem takes no more. */
const BATCH = 100;
/**
 * With a filter that hardly anything matches, a page is cut short rather than the whole index read
 * for it: each query reads up to 1 MB, some 4,000 keys.
 */
const MAX_QUERIES = 25;

/**
 * A page of keys, newest first. The index says which; the table says what they are, read
 * consistently, so a change just made shows. A key just created may be missing for an instant.
 * @throws Unavailable
 */
export async function listKeys(
  filter: KeyFilter,
  limit: number,
  after: Position | undefined,
  now: Date,
): Promise<Page> {
  const filtering = Object.values(filter).some(
    (wanted) => wanted !== undefined && wanted !== false,
  );
  const entries: (Position & FilteredFields)[] = [];
  let position = after;
  for (let queries = 0; queries < MAX_QUERIES && entries.length <= limit; queries++) {
    const { Items = [], LastEvaluatedKey } = await queryIndex(
      position,
      filtering ? undefined : limit + 1,
    );
    const read = Items.map((item) => recordFrom(item));
    entries.push(...read.filter((entry) => matchesFilter(entry, filter, now)));
    position = LastEvaluatedKey && recordFrom(LastEvaluatedKey);
    if (!position) break;
  }
  const page = entries.slice(0, limit);
  const records = await readRecords(page.map((entry) => entry.key_id));
  return {
    records: records.filter((record) => matchesFilter(record, filter, now)),
    next: entries.length > limit ? page.at(-1) : position,
  };
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

function queryIndex(after: Position | undefined, limit: number | undefined) {
  return dynamodb(
    new QueryCommand({
      TableName: keysTable(),
      IndexName: LISTING.name,
      KeyConditionExpression: `${LISTING.partitionKey} = :listed`,
      ExpressionAttributeValues: { ':listed': LISTED },
      ScanIndexForward: false,
      ...(limit && { Limit: limit }),
      ...(after && {
        ExclusiveStartKey: {
          [LISTING.partitionKey]: LISTED,
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
  const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, i) =>
    batchGet(keys.slice(i * BATCH, (i + 1) * BATCH)),
  );
  const records = (await Promise.all(batches)).flat().map(recordFrom);
  const found = new Map(records.map((record) => [record.key_id, record]));
  return keyIds.flatMap((keyId) => found.get(keyId) ?? []);
}

async function batchGet(keys: Item[]): Promise<Item[]> {
  const items: Item[] = [];
  let request: Record<string, KeysAndAttributes> | undefined = {
    [keysTable()]: { Keys: keys, ConsistentRead: true },
  };
  // What did not fit into 16 MB comes back as unprocessed.
  while (request && Object.keys(request).length > 0) {
    const wanted: Record<string, KeysAndAttributes> = request;
    const answer = await dynamodb(new BatchGetItemCommand({ RequestItems: wanted }));
    items.push(...(answer.Responses?.[keysTable()] ?? []));
    request = answer.UnprocessedKeys;
  }
  return items;
}
