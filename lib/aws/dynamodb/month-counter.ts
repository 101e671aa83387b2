import { monthPredictions, monthWindow } from '../../domain/limits.ts';
import { logger } from '../../runtime/log.ts';
import type { SendOptions } from './client.ts';
import { fromItem, type Item, type StoredKey } from './item.ts';
import { COUNTS_ITSELF, updateKeyItem } from './key-update.ts';
import { AT_MOST_ONCE } from './retry.ts';

/** The outcome of an update that was carried out. */
export interface Counted {
  readonly kind: 'counted';
  /** The month's predictions after the update. */
  readonly predictions: number;
  /** The key on whose item they are counted. */
  readonly key: StoredKey;
}

export type MonthOutcome =
  | Counted
  /** The key as it is now; undefined: there is no such key. */
  | { readonly kind: 'refused'; readonly key: StoredKey | undefined };

/** The predictions that a report adds to a month. */
export interface PredictionCount {
  readonly count: number;
  /** They are counted only while the key is at this version. */
  readonly version?: number | undefined;
  /** They are counted only if the month's predictions stay within this limit. */
  readonly limit?: number | undefined;
}

/**
 * Adds predictions to a key's month. If an answer is lost and the SDK sends the update again, it
 * may count twice, but never too little.
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
    // A counter that does not exist yet stands at zero, which exceeds a negative room.
    conditions.push(
      room < 0 ? '#month <= :room' : '(attribute_not_exists(#month) OR #month <= :room)',
    );
  }
  return addToMonth(keyId, count, conditions, values, now);
}

/**
 * Subtracts predictions that were added to the same key in the same month. It is carried out at
 * most once, because twice would leave the counter too low; if it fails the counter stays too high.
 * @param predictions the month's predictions as last seen
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
  const outcome = await updateKeyItem(
    keyId,
    {
      UpdateExpression: 'ADD #month :count',
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { '#month': monthWindow(now).counter },
      ExpressionAttributeValues: { ...values, ':count': { N: String(count) } },
    },
    options,
    'ALL_NEW',
  );
  if (outcome.kind === 'refused') return outcome;
  const key = fromItem(outcome.attributes);
  return { kind: 'counted', predictions: monthPredictions(key.counters, now), key };
}
