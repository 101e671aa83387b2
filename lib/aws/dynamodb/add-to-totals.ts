import { createHash } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { DaySum, MonthSum, UsageSum } from '../../domain/usage-sum.ts';
import { batchGet } from './batch-get.ts';
import { dynamodb, failedConditions } from './client.ts';
import { type Item, toAttributes } from './item.ts';
import { BACKGROUND_RETRY } from './retry.ts';
import {
  checkpointKey,
  DAY_PARTS,
  dayPartition,
  endpointAttribute,
  endpointsFrom,
  monthKey,
  usageTable,
} from './usage-items.ts';

/** The most totals in one transaction, which takes 100 items, one of them the checkpoint. */
export const MAX_TOTALS = 99;

/** The state of the totals before a batch is added. */
export interface BatchState {
  /** The sequence number of the shard's last record in the totals; undefined: none is in them. */
  readonly checkpoint: string | undefined;
  /** Returns the endpoints that a month of a key counts. */
  readonly namesOf: (keyId: string, month: string) => readonly string[];
}

/**
 * Reads a shard's checkpoint and the months that the batch belongs to.
 * @param months at most 99
 * @throws Unavailable
 */
export async function readBatchState(
  shardId: string,
  months: readonly Pick<MonthSum, 'keyId' | 'month'>[],
): Promise<BatchState> {
  const keys = new Map(
    [checkpointKey(shardId), ...months.map(({ keyId, month }) => monthKey(keyId, month))].map(
      (key) => [nameOf(key), key],
    ),
  );
  const found = await batchGet(usageTable(), { Keys: [...keys.values()] }, BACKGROUND_RETRY);
  const items = new Map(found.map((item) => [nameOf(item), item]));
  return {
    checkpoint: items.get(nameOf(checkpointKey(shardId)))?.sequence?.S,
    namesOf: (keyId, month) =>
      endpointsFrom(items.get(nameOf(monthKey(keyId, month))) ?? {}).map(([endpoint]) => endpoint),
  };
}

/**
 * Adds a batch to the totals and advances the shard's checkpoint, both or neither, so that records
 * delivered again are recognized as added.
 * @param sequence the sequence number of the batch's last record
 * @returns `conflict` when another consumer has added to the same shard or month meanwhile
 * @throws Unavailable
 */
export async function writeBatch(
  shardId: string,
  { checkpoint }: BatchState,
  sum: UsageSum,
  sequence: string,
): Promise<{ readonly kind: 'added' | 'conflict' }> {
  const part = partOf(shardId);
  const writes = [
    moveCheckpoint(shardId, checkpoint, sequence),
    ...sum.months.map(addMonth),
    ...sum.days.map((day) => addDay(day, part)),
  ];
  try {
    await dynamodb(new TransactWriteItemsCommand({ TransactItems: writes }), {
      retry: BACKGROUND_RETRY,
    });
    return { kind: 'added' };
  } catch (error) {
    // Rethrows any error but a failed condition.
    failedConditions(error);
    return { kind: 'conflict' };
  }
}

function moveCheckpoint(
  shardId: string,
  before: string | undefined,
  sequence: string,
): TransactWriteItem {
  return {
    Put: {
      TableName: usageTable(),
      Item: { ...checkpointKey(shardId), ...toAttributes({ sequence }) },
      ExpressionAttributeNames: { '#sequence': 'sequence' },
      ...(before === undefined
        ? { ConditionExpression: 'attribute_not_exists(#sequence)' }
        : {
            ConditionExpression: '#sequence = :before',
            ExpressionAttributeValues: { ':before': { S: before } },
          }),
    },
  };
}

/** Adds to a month. Its count of named endpoints detects another consumer that adds names. */
function addMonth(sum: MonthSum): TransactWriteItem {
  const { keyId, month, errors, endpoints, names, namedBefore } = sum;
  const counts = [...endpoints].map(([endpoint, count], i) => ({ endpoint, count, i }));
  const adds = [ADD_TOTALS, 'errors :errors', ...counts.map(({ i }) => `#e${i} :e${i}`)];
  const namesMore = names.size > namedBefore;
  return {
    Update: {
      TableName: usageTable(),
      Key: monthKey(keyId, month),
      UpdateExpression: `SET as_of = :as_of${namesMore ? ', endpoints_named = :named' : ''} ${adds.join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(
        counts.map(({ endpoint, i }) => [`#e${i}`, endpointAttribute(endpoint)]),
      ),
      ExpressionAttributeValues: {
        ...valuesOf(sum),
        ...toAttributes({ ':errors': errors }),
        ...toAttributes(Object.fromEntries(counts.map(({ count, i }) => [`:e${i}`, count]))),
        ...(namesMore && toAttributes({ ':named': names.size, ':before': namedBefore })),
      },
      ...(namesMore && {
        ConditionExpression: 'attribute_not_exists(endpoints_named) OR endpoints_named = :before',
      }),
    },
  };
}

function addDay(sum: DaySum, part: number): TransactWriteItem {
  return {
    Update: {
      TableName: usageTable(),
      Key: { pk: dayPartition(sum.service, part), sk: { S: sum.day } },
      UpdateExpression: `SET as_of = :as_of ${ADD_TOTALS}`,
      ExpressionAttributeValues: valuesOf(sum),
    },
  };
}

const ADD_TOTALS =
  'ADD requests :requests, predictions :predictions, compute_ms :compute_ms, response_time_ms :response_time_ms';

function valuesOf({ totals, asOf }: Pick<DaySum, 'totals' | 'asOf'>): Item {
  return toAttributes({
    ':requests': totals.requests,
    ':predictions': totals.predictions,
    ':compute_ms': totals.compute_ms,
    ':response_time_ms': totals.response_time_ms,
    ':as_of': asOf,
  });
}

/** Returns a shard's part of a service's day, so that consumers of two shards seldom conflict. */
function partOf(shardId: string): number {
  return createHash('sha256').update(shardId).digest().readUInt32BE() % DAY_PARTS;
}

function nameOf({ pk, sk }: Item): string {
  return `${pk?.S} ${sk?.S}`;
}
