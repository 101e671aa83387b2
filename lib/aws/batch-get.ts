import { BatchGetItemCommand, type KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { dynamodb, type SendOptions } from './dynamodb.ts';
import type { Item } from './item.ts';

/** BatchGetItem takes no more keys than this. */
export const MOST_KEYS = 100;

/**
 * Reads items of one table consistently, in no particular order; those that aren't there are left out.
 * @param wanted at most {@link MOST_KEYS} keys
 * @throws Unavailable
 */
export async function batchGet(
  table: string,
  wanted: KeysAndAttributes,
  options?: SendOptions,
): Promise<Item[]> {
  const items: Item[] = [];
  let request: Record<string, KeysAndAttributes> | undefined = {
    [table]: { ...wanted, ConsistentRead: true },
  };
  // What did not fit into 16 MB, or was throttled, comes back as unprocessed.
  while (request && Object.keys(request).length > 0) {
    const RequestItems: Record<string, KeysAndAttributes> = request;
    const answer = await dynamodb(new BatchGetItemCommand({ RequestItems }), options);
    items.push(...(answer.Responses?.[table] ?? []));
    request = answer.UnprocessedKeys;
  }
  return items;
}
