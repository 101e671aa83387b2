import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { dynamodb } from './client.ts';
import { fromItem, type StoredKey } from './item.ts';

export function keysTable(): string {
  return requireEnv(VARIABLES.keysTable);
}

/**
 * Reads a key. The read is consistent: a key just created is found, one just revoked is revoked.
 * @param abortSignal ends it; the request's deadline, unless said otherwise
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
