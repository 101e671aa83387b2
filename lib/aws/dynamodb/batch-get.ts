import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../../domain/unavailable.ts';
import { dynamodb, GIVE_WAY, pause, type RetryPolicy } from './client.ts';
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
  retry: RetryPolicy = GIVE_WAY,
): Promise<Item[]> {
  const items: Item[] = [];
  let request: Record<string, KeysAndAttributes> = {
    [table]: { ...wanted, ConsistentRead: true },
  };
  for (let attempt = 1; ; attempt++) {
    const answer: BatchGetItemCommandOutput = await dynamodb(
      new BatchGetItemCommand({ RequestItems: request }),
      { retry },
    );
    items.push(...(answer.Responses?.[table] ?? []));
    request = answer.UnprocessedKeys ?? {};
    if (Object.keys(request).length === 0) return items;
    // What did not fit into 16 MB, or was throttled.
    if (attempt >= retry.attempts) throw new Unavailable('not all items could be read');
    await pause(attempt, retry);
  }
}
