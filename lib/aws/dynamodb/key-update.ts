import {
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { dynamodb, type SendOptions } from './client.ts';
import { fromItem, INHERITS, type Item, type StoredKey } from './item.ts';
import { keysTable } from './keys.ts';

/**
 * The condition under which a key's item holds the counters that count. A rotated key's counters
 * are on its successor's item, so that both share one limit; the successor first takes them over.
 */
export const COUNTS_ITSELF = `attribute_not_exists(rotated_to) AND attribute_not_exists(${INHERITS})`;

/** Returns whether {@link COUNTS_ITSELF} holds for a key that was read. */
export function countsItself({ record, inheritsFrom }: StoredKey): boolean {
  return record.rotated_to === null && inheritsFrom === undefined;
}

/** Returns an update expression of the clauses that have actions. */
export function updateExpression(clauses: Record<string, readonly string[]>): string {
  const used = Object.entries(clauses).filter(([, actions]) => actions.length > 0);
  return used.map(([clause, actions]) => `${clause} ${actions.join(', ')}`).join(' ');
}

export type KeyItemOutcome =
  | { readonly kind: 'updated'; readonly attributes: Item }
  /** The condition failed for the key as it is now; undefined: there is no such key. */
  | { readonly kind: 'refused'; readonly key: StoredKey | undefined };

/**
 * Makes one plain conditional update of a key's item, which unlike a transaction locks no item.
 * @param returned the attributes in the outcome: those that changed, or all of the item
 * @throws Unavailable
 */
export async function updateKeyItem(
  keyId: string,
  update: Pick<
    UpdateItemCommandInput,
    | 'UpdateExpression'
    | 'ConditionExpression'
    | 'ExpressionAttributeNames'
    | 'ExpressionAttributeValues'
  >,
  options?: SendOptions,
  returned: 'UPDATED_NEW' | 'ALL_NEW' = 'UPDATED_NEW',
): Promise<KeyItemOutcome> {
  try {
    const { Attributes: attributes = {} } = await dynamodb(
      new UpdateItemCommand({
        TableName: keysTable(),
        Key: { key_id: { S: keyId } },
        ...update,
        ReturnValues: returned,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
      options,
    );
    return { kind: 'updated', attributes };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', key: error.Item && fromItem(error.Item) };
  }
}
