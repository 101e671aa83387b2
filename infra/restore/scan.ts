import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { batchGet, MAX_KEYS } from '../../lib/aws/dynamodb/batch-get.ts';
import { dynamodb } from '../../lib/aws/dynamodb/client.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { BACKGROUND_RETRY, type RetryPolicy } from '../../lib/aws/dynamodb/retry.ts';
import { inParallel } from '../in-parallel.ts';

/** Nobody waits for an answer, and a new table is throttled until it has grown. */
export const RETRY: RetryPolicy = { ...BACKGROUND_RETRY, attempts: 40, capMs: 2_000 };
/** The parts of a table that are read at the same time. */
const SEGMENTS = 4;
/** Items that are worked on at the same time. */
const AT_ONCE = 16;

/** Reads a whole table, consistently and page by page. */
export async function scan(
  input: ScanCommandInput,
  onPage: (items: Item[]) => Promise<void> | void,
): Promise<void> {
  await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, Segment) => {
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = { Segment, TotalSegments: SEGMENTS, ConsistentRead: true, ExclusiveStartKey };
        const { Items = [], LastEvaluatedKey } = await dynamodb(
          new ScanCommand({ ...input, ...page }),
          { retry: RETRY },
        );
        await onPage(Items);
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey);
    }),
  );
}

/**
 * Returns those items that a table lacks, of which only the keys count.
 * @param keys the names of the key attributes
 */
export async function missingIn<T extends Item>(
  table: string,
  keys: readonly string[],
  items: readonly T[],
): Promise<T[]> {
  const nameOf = (item: Item) => keys.map((key) => item[key]?.S).join(' ');
  const missing: T[] = [];
  for (let at = 0; at < items.length; at += MAX_KEYS) {
    const some = items.slice(at, at + MAX_KEYS);
    const wanted = {
      Keys: some.map((item) => pick(item, keys)),
      // A name such as "at" is reserved, so it needs a placeholder.
      ProjectionExpression: keys.map((key) => `#${key}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(keys.map((key) => [`#${key}`, key])),
    };
    const found = new Set((await batchGet(table, wanted, RETRY)).map(nameOf));
    missing.push(...some.filter((item) => !found.has(nameOf(item))));
  }
  return missing;
}

/** Reads an item by its partition key, consistently. */
export async function readItem(table: string, key_id: string): Promise<Item | undefined> {
  const input = { TableName: table, Key: { key_id: { S: key_id } }, ConsistentRead: true };
  return (await dynamodb(new GetItemCommand(input), { retry: RETRY })).Item;
}

/**
 * Puts an item into a table unless it has one of that key.
 * @param key the name of the partition key
 * @returns whether it was put
 */
export async function putIfMissing(table: string, item: Item, key: string): Promise<boolean> {
  try {
    await dynamodb(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: `attribute_not_exists(${key})`,
      }),
      { retry: RETRY },
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Works on some items at a time. */
export function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  return inParallel(AT_ONCE, items, work);
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
