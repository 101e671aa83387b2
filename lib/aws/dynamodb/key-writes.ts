import { randomUUID } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { LISTING } from '../../tables.ts';
import { dynamodb, failedConditions } from './client.ts';
import { type Item, PARTITIONS, SEALED_AFTER, toAttributes } from './item.ts';
import { updateExpression } from './key-update.ts';
import { keysTable } from './keys.ts';
import { UNTIL_DEADLINE } from './retry.ts';

/**
 * Makes the write that sets a key's fields, removes those that are null, and adds 1 to its version.
 * A revocation also moves the key to the other partition of the listing index.
 */
export function updateOf(
  keyId: string,
  changes: object,
  condition: string,
  conditionValues: object,
): TransactWriteItem {
  const fields =
    'revoked_at' in changes ? { ...changes, [LISTING.partitionKey]: PARTITIONS.revoked } : changes;
  const names = Object.keys(fields);
  const attributes = toAttributes(fields);
  const set = names.filter((name) => name in attributes);
  const removed = names.filter((name) => !(name in attributes));
  const sets = set.map((name) => `#${name} = :${name}`);
  // On the right is the version before this write.
  sets.push(`${SEALED_AFTER} = if_not_exists(${SEALED_AFTER}, version)`);
  return {
    Update: {
      TableName: keysTable(),
      Key: { key_id: { S: keyId } },
      UpdateExpression: updateExpression({
        SET: sets,
        REMOVE: removed.map((name) => `#${name}`),
        ADD: ['version :one'],
      }),
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])),
        ...toAttributes({ ...conditionValues, ':one': 1 }),
      } as Item,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

export type TransactionOutcome =
  | { readonly kind: 'done' }
  /** A condition failed. `items` has the current item of each write whose condition failed. */
  | { readonly kind: 'refused'; readonly items: readonly (Item | undefined)[] };

/**
 * Makes all the writes or none, trying until the signal; by default that of the request's deadline.
 * @throws Unavailable
 */
export async function transact(
  writes: TransactWriteItem[],
  abortSignal?: AbortSignal,
): Promise<TransactionOutcome> {
  const command = new TransactWriteItemsCommand({
    TransactItems: writes,
    // One token for all attempts: a repeat of a transaction that was carried out succeeds.
    ClientRequestToken: randomUUID(),
  });
  try {
    await dynamodb(command, { retry: UNTIL_DEADLINE, abortSignal });
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'refused', items: failedConditions(error).map((reason) => reason.Item) };
  }
}
