import {
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { monthWindow, staleCounters } from '../../domain/limits.ts';
import { logger } from '../../runtime/log.ts';
import { AT_MOST_ONCE, dynamodb, type SendOptions } from './client.ts';
import { countersFrom, fromItem, INHERITS, type Item, type StoredKey } from './item.ts';
import { keysTable, readKey } from './keys.ts';

/**
 * Counters live on the key's own item or, of a key that was rotated, on its successor's, so that both share
 * one limit. These hold for the item that counts: its counters are not yet, or no longer, another's.
 */
export const COUNTS_ITSELF = `attribute_not_exists(rotated_to) AND attribute_not_exists(${INHERITS})`;

/** The same of a key that was read. */
export function countsItself({ record, inheritsFrom }: StoredKey): boolean {
  return record.rotated_to === null && inheritsFrom === undefined;
}

/** Counted, or refused by the key as it is now; no key at all means it is gone. */
export type UpdateOutcome =
  | { readonly kind: 'done'; readonly changed: Item }
  | { readonly kind: 'refused'; readonly key: StoredKey | undefined };

/**
 * Makes one plain conditional update of a key's item: it locks nothing out.
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
): Promise<UpdateOutcome> {
  try {
    const { Attributes = {} } = await dynamodb(
      new UpdateItemCommand({
        TableName: keysTable(),
        Key: { key_id: { S: keyId } },
        ...update,
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
      options,
    );
    return { kind: 'done', changed: Attributes };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', key: error.Item && fromItem(error.Item) };
  }
}

/** A condition that a counter is below a value; one that does not exist yet stands at zero. */
export function below(counter: string, limit: string): string {
  return `(attribute_not_exists(${counter}) OR ${counter} < ${limit})`;
}

/** The month's predictions after it, or the key that refused. */
export type MonthOutcome =
  | { readonly kind: 'counted'; readonly predictions: number }
  | { readonly kind: 'refused'; readonly key: StoredKey | undefined };

/** What a report adds to the month's predictions. */
export interface PredictionCount {
  readonly count: number;
  /** Counted only while the key is still at this version. */
  readonly version?: number | undefined;
  /** Counted only if the month's predictions stay within. */
  readonly limit?: number | undefined;
}

/**
 * Adds predictions to a key's month. When an answer is lost and the SDK sends it again it may count twice:
 * rather one too many than one too few.
 * @throws Unavailable
 */
export async function addPredictions(
  keyId: string,
  { count, version, limit }: PredictionCount,
  now: Date,
): Promise<MonthOutcome> {
  const conditions = ['attribute_exists(key_id)', COUNTS_ITSELF];
  const values: Item = {};
  if (version !== undefined) {
    conditions.push('version = :version');
    values[':version'] = { N: String(version) };
  }
  if (limit !== undefined) {
    const room = limit - count;
    values[':room'] = { N: String(room) };
    // A counter that does not exist yet stands at zero, and nothing is below that.
    conditions.push(
      room < 0 ? '#month <= :room' : '(attribute_not_exists(#month) OR #month <= :room)',
    );
  }
  return addToMonth(keyId, count, conditions, values, now);
}

/**
 * Takes predictions back that were added to the same key in the same month. It is sent once at most: twice
 * would leave the counter too low. When that fails the counter stays too high.
 * @param predictions the month's predictions, as they were last seen
 * @returns the month's predictions after it
 */
export async function takeBack(
  keyId: string,
  count: number,
  predictions: number,
  now: Date,
): Promise<number> {
  try {
    const exists = ['attribute_exists(key_id)'];
    const taken = await addToMonth(keyId, -count, exists, {}, now, { retry: AT_MOST_ONCE });
    return taken.kind === 'counted' ? taken.predictions : predictions - count;
  } catch (error) {
    logger.warn('a repeated report stays in the counter', { key_id: keyId, error: error as Error });
    return predictions;
  }
}

/** Adds to the counter of the month, which the conditions may call `#month`. */
async function addToMonth(
  keyId: string,
  count: number,
  conditions: readonly string[],
  values: Item,
  now: Date,
  options?: SendOptions,
): Promise<MonthOutcome> {
  const { counter } = monthWindow(now);
  const outcome = await updateKeyItem(
    keyId,
    {
      UpdateExpression: 'ADD #month :count',
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { '#month': counter },
      ExpressionAttributeValues: { ...values, ':count': { N: String(count) } },
    },
    options,
  );
  return outcome.kind === 'done'
    ? { kind: 'counted', predictions: countersFrom(outcome.changed)[counter] ?? 0 }
    : outcome;
}

/**
 * Gives a rotated key's successor what that key has counted, once, whoever comes first. The rotated one
 * counts no more, so its counters stay as they are meanwhile.
 * @throws Unavailable
 */
export async function inheritCounters(keyId: string, from: string, now: Date): Promise<void> {
  const counters = (await readKey(from))?.counters ?? {};
  const stale = staleCounters(counters, now);
  const kept = Object.entries(counters).filter(([name]) => !stale.includes(name));
  const adds = kept.map(([name]) => `${name} :${name}`);
  await updateKeyItem(keyId, {
    UpdateExpression: `REMOVE ${INHERITS}${adds.length > 0 ? ` ADD ${adds.join(', ')}` : ''}`,
    ConditionExpression: `attribute_exists(${INHERITS})`,
    ...(kept.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        kept.map(([name, count]) => [`:${name}`, { N: String(count) }]),
      ),
    }),
  });
}
