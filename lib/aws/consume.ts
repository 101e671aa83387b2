import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  type Counters,
  enforcedMonthlyLimit,
  hourWindow,
  monthWindow,
  staleCounters,
} from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { Verifiers } from '../domain/verifiers.ts';
import { dynamodb } from './dynamodb.ts';
import { countersFrom, fromItem, type Item, type StoredKey, toAttributes } from './item.ts';
import { keysTable } from './keys.ts';

/** Counted, or refused by the key as it is now; no key at all means it is gone. */
export type Consumption =
  | { readonly counters: Counters }
  | { readonly refusedBy: StoredKey | undefined };

/**
 * Counts one validation against the hour, in a single conditional write. The condition is that the
 * record is still the version that was decided on and that no limit has been reached, so the store
 * proves the decision at the instant it takes effect, however old the caller's copy is.
 * When an answer is lost and the SDK sends it again it may count twice: rather one too many than one too few.
 * @param counters as last seen: those that are past are removed on the way
 * @param digest a verifier under a newer pepper, to be stored along
 * @throws Unavailable
 */
export async function consume(
  record: KeyRecord,
  counters: Counters,
  now: Date,
  digest?: Pick<Verifiers, 'digest' | 'pepper'>,
): Promise<Consumption> {
  const monthly = enforcedMonthlyLimit(record);
  const stale = staleCounters(counters, now);
  const sets = ['last_used_at = :now', ...(digest ? ['digest = :digest', 'pepper = :pepper'] : [])];
  const conditions = ['version = :version', below('#hour', ':limit')];
  const names: Record<string, string> = { '#hour': hourWindow(now).counter };
  const values: Item = {
    ':now': { S: now.toISOString() },
    ':one': { N: '1' },
    ':version': { N: String(record.version) },
    ':limit': { N: String(record.rate_limit_per_hour) },
    ...(digest && toAttributes({ ':digest': digest.digest, ':pepper': digest.pepper })),
  };
  if (monthly !== undefined) {
    conditions.push(below('#month', ':monthly'));
    names['#month'] = monthWindow(now).counter;
    values[':monthly'] = { N: String(monthly) };
  }
  const removal = stale.length > 0 ? ` REMOVE ${stale.join(', ')}` : '';
  try {
    const { Attributes = {} } = await dynamodb(
      new UpdateItemCommand({
        TableName: keysTable(),
        Key: { key_id: { S: record.key_id } },
        UpdateExpression: `SET ${sets.join(', ')} ADD #hour :one${removal}`,
        ConditionExpression: conditions.join(' AND '),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    const kept = Object.entries(counters).filter(([name]) => !stale.includes(name));
    return { counters: { ...Object.fromEntries(kept), ...countersFrom(Attributes) } };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { refusedBy: error.Item && fromItem(error.Item) };
  }
}

/** A counter that does not exist yet stands at zero. */
function below(counter: string, limit: string): string {
  return `(attribute_not_exists(${counter}) OR ${counter} < ${limit})`;
}
