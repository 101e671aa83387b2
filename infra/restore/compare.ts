import {
  ConditionalCheckFailedException,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { batchGet, MAX_KEYS } from '../../lib/aws/dynamodb/batch-get.ts';
import { dynamodb } from '../../lib/aws/dynamodb/client.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { BACKGROUND_RETRY } from '../../lib/aws/dynamodb/retry.ts';
import type { RestoredTable } from './point-in-time.ts';

/** The parts of a table that are read at the same time. */
const SEGMENTS = 8;

/**
 * Calls `onMissing` with items of a restored table that the live one lacks, page by page.
 * @param keys the names of the key attributes
 * @param compared is called with the number of items of each page
 */
export async function findMissing(
  { live, name }: RestoredTable,
  keys: readonly string[],
  onMissing: (items: Item[]) => Promise<void> | void,
  compared: (items: number) => void,
): Promise<void> {
  const nameOf = (item: Item) => keys.map((key) => item[key]?.S).join(' ');
  const compare = async (page: Item[]) => {
    for (let at = 0; at < page.length; at += MAX_KEYS) {
      const items = page.slice(at, at + MAX_KEYS);
      const wanted = {
        Keys: items.map((item) => pick(item, keys)),
        // A name such as "at" is reserved, so it needs a placeholder.
        ProjectionExpression: keys.map((key) => `#${key}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(keys.map((key) => [`#${key}`, key])),
      };
      const found = new Set((await batchGet(live, wanted, BACKGROUND_RETRY)).map(nameOf));
      const missing = items.filter((item) => !found.has(nameOf(item)));
      if (missing.length > 0) await onMissing(missing);
    }
    compared(page.length);
  };
  await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, segment) => {
      let ExclusiveStartKey: Item | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await dynamodb(
          new ScanCommand({
            TableName: name,
            Segment: segment,
            TotalSegments: SEGMENTS,
            ExclusiveStartKey,
          }),
          { retry: BACKGROUND_RETRY },
        );
        await compare(Items);
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey);
    }),
  );
}

/**
 * Puts an item into a live table unless it has one of that key.
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
      { retry: BACKGROUND_RETRY },
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
