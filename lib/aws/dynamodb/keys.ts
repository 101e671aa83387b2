import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { dynamodb } from './client.ts';
import { fromItem, type StoredKey } from './item.ts';

export function keysTable(): string {
  return requireEnv(VARIABLES.keysTable);
}

/**
 * Reads a key, consistently.
 * @param abortSignal aborts the read; defaults to the request's deadline
 * @throws Unavailable
 */
export async function readKey(
  keyId: string,
  abortSignal?: AbortSignal,
): Promise<StoredKey | undefined> {
  const { Item } = await dynamodb(
    new GetItemCommand({
      TableName: keysTable(),
      Key: { key_id: { S: keyId } },
      ConsistentRead: true,
    }),
    { abortSignal },
  );
  return Item && fromItem(Item);
}
