import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Tally } from '../../domain/posture-report.ts';
import { DAY_MS } from '../../domain/time.ts';
import { dynamodb } from './client.ts';
import { updateExpression } from './key-update.ts';
import { AT_MOST_ONCE } from './retry.ts';
import { deleteAfter, securityTable } from './security-items.ts';

/** The refused requests that are counted, each the attribute of an hour's item. */
export const TALLIES = ['admin_failures', 'foreign_keys'] as const;
export type TallyName = (typeof TALLIES)[number];

/** The partition of the tallies; their sort key is a UTC hour, such as `2026-11-23T18`. */
const PARTITION = 'tally';
const KEPT_DAYS = 3;

/**
 * Adds to the tallies of the hour.
 * @param isMinimum marks the hour: more was refused than is counted
 * @throws Unavailable
 */
export async function addToTallies(
  counts: ReadonlyMap<TallyName, number>,
  isMinimum: boolean,
  now: Date,
  abortSignal: AbortSignal,
): Promise<void> {
  const names = [...counts.keys()];
  await dynamodb(
    new UpdateItemCommand({
      TableName: securityTable(),
      Key: { pk: { S: PARTITION }, sk: { S: hourOf(now) } },
      UpdateExpression: updateExpression({
        ADD: names.map((name) => `${name} :${name}`),
        SET: ['delete_after = :delete_after', ...(isMinimum ? ['is_minimum = :true'] : [])],
      }),
      ExpressionAttributeValues: {
        ...Object.fromEntries([...counts].map(([name, n]) => [`:${name}`, { N: String(n) }])),
        ':delete_after': { N: String(deleteAfter(now, KEPT_DAYS).delete_after) },
        ...(isMinimum && { ':true': { BOOL: true } }),
      },
    }),
    { retry: AT_MOST_ONCE, abortSignal },
  );
}

/**
 * Reads the tallies of the last 24 hours and of the hour in which they began.
 * @throws Unavailable
 */
export async function readTallies(now: Date): Promise<Record<TallyName, Tally>> {
  const { Items = [] } = await dynamodb(
    new QueryCommand({
      TableName: securityTable(),
      KeyConditionExpression: 'pk = :pk AND sk >= :from',
      ExpressionAttributeValues: {
        ':pk': { S: PARTITION },
        ':from': { S: hourOf(new Date(now.getTime() - DAY_MS)) },
      },
      ConsistentRead: true,
    }),
  );
  const hours = Items.map((item) => unmarshall(item));
  const tallyOf = (name: TallyName): Tally => {
    const counted = hours.filter((hour) => hour[name] > 0);
    return {
      count: counted.reduce((sum, hour) => sum + hour[name], 0),
      isMinimum: counted.some((hour) => hour.is_minimum === true),
    };
  };
  return { admin_failures: tallyOf('admin_failures'), foreign_keys: tallyOf('foreign_keys') };
}

function hourOf(instant: Date): string {
  return instant.toISOString().slice(0, 13);
}
