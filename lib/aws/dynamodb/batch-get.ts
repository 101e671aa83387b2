import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../../domain/unavailable.ts';
import { dynamodb } from './client.ts';
import type { Item } from './item.ts';
import { DEFAULT_RETRY, pause, type RetryPolicy } from './retry.ts';

/** The most keys that BatchGetItem takes. */
export const MAX_KEYS = 100;

/**
 * Reads items of one table consistently, in no particular order. Items that don't exist are left
 * out.
 * @param wanted at most {@link MAX_KEYS} keys
 * @throws Unavailable
 */
export async function batchGet(
  table: string,
  wanted: KeysAndAttributes,
  retry: RetryPolicy = DEFAULT_RETRY,
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
    // Unprocessed keys did not fit into the 16 MB of an answer, or were throttled.
    if (attempt >= retry.attempts) throw new Unavailable('not all items could be read');
    await pause(attempt, retry);
  }
}
