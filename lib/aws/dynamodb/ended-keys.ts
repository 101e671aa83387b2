import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Position, placeOf } from '../../domain/key-filter.ts';
import type { Tally } from '../../domain/posture-report.ts';
import { type FoundKeys, NAMED } from '../../domain/posture-summary.ts';
import type { KeyRecord } from '../../domain/record.ts';
import { DAY_MS } from '../../domain/time.ts';
import { dynamodb } from './client.ts';
import { readList } from './finding-lists.ts';
import { deleteAfter, positionFrom, securityTable } from './security-items.ts';

/**
 * The partition of the ended keys that were presented. Their sort key is their place in the listing
 * of keys. They are not noted on the items of the keys, because an index for the keys in use would
 * not find them there, and a flood would compete with administrators' transactions.
 */
const PARTITION = 'ended_key_presented';
/** The days for which a key that was presented is reported. */
const REPORTED_DAYS = 7;

/**
 * Notes that an ended key was presented with its secret.
 * @throws Unavailable
 */
export async function notePresented(
  key: KeyRecord,
  now: Date,
  abortSignal: AbortSignal,
): Promise<void> {
  await dynamodb(
    new UpdateItemCommand({
      TableName: securityTable(),
      Key: { pk: { S: PARTITION }, sk: { S: placeOf(key) } },
      UpdateExpression:
        'SET #name = :name, key_prefix = :prefix, presented_at = :now, delete_after = :delete_after',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: {
        ':name': { S: key.name },
        ':prefix': { S: key.key_prefix },
        ':now': { S: now.toISOString() },
        ':delete_after': { N: String(deleteAfter(now, REPORTED_DAYS).delete_after) },
      },
    }),
    { abortSignal },
  );
}

/**
 * Counts the ended keys that were presented within the last 7 days. One query reads 1 MB, which is
 * some 4,000 keys; if there are more, the count is a minimum.
 * @throws Unavailable
 */
export async function readEndedKeys(now: Date): Promise<Tally & Pick<FoundKeys, 'newest'>> {
  const { Items = [], LastEvaluatedKey } = await dynamodb(
    new QueryCommand({
      TableName: securityTable(),
      KeyConditionExpression: 'pk = :pk',
      FilterExpression: 'presented_at >= :from',
      ExpressionAttributeValues: { ':pk': { S: PARTITION }, ':from': { S: reportedFrom(now) } },
      ScanIndexForward: false,
      ConsistentRead: true,
    }),
  );
  const newest = Items.slice(0, NAMED).map((item) => {
    const { sk, name, key_prefix } = unmarshall(item);
    return { key_id: positionFrom(sk).key_id, name, key_prefix };
  });
  return { count: Items.length, isMinimum: LastEvaluatedKey !== undefined, newest };
}

/**
 * Reads the ended keys that were presented within the last 7 days, newest first, as they are asked
 * for.
 * @throws Unavailable
 */
export async function* readEndedPositions(
  after: Position | undefined,
  now: Date,
): AsyncGenerator<Position, void> {
  for await (const { sk, presented_at } of readList(PARTITION, after)) {
    if ((presented_at?.S ?? '') >= reportedFrom(now)) yield positionFrom(sk?.S ?? '');
  }
}

/** TTL deletes items up to days late, so their age is compared as well. */
function reportedFrom(now: Date): string {
  return new Date(now.getTime() - REPORTED_DAYS * DAY_MS).toISOString();
}
