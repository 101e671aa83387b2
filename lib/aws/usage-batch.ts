import { createHash } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { DaySum, MonthSum, UsageSum } from '../domain/usage-sum.ts';
import { batchGet } from './batch-get.ts';
import { dynamodb, failedConditions, TAKE_TIME } from './dynamodb.ts';
import { type Item, toAttributes } from './item.ts';
import {
  checkpointKey,
  DAY_PARTS,
  dayPartition,
  ENDPOINT_SEPARATOR,
  monthKey,
  usageTable,
} from './usage-items.ts';

/** A transaction takes 100 items, and one is the checkpoint. */
export const MOST_TOTALS = 99;

/** What adding a batch has to know of what was added before. */
export interface BatchState {
  /** The sequence number of the shard's last record that is in the totals; undefined: none is. */
  readonly checkpoint: string | undefined;
  /** The marks of the endpoints that a month of a key names. */
  readonly marksOf: (keyId: string, month: string) => ReadonlySet<string>;
}

/**
 * Reads how far a shard has been added, and the months that the batch belongs to.
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
  const found = await batchGet(
    usageTable(),
    {
      Keys: [...keys.values()],
      ProjectionExpression: 'pk, sk, endpoints, #sequence',
      ExpressionAttributeNames: { '#sequence': 'sequence' },
    },
    TAKE_TIME,
  );
  const items = new Map(found.map((item) => [nameOf(item), item]));
  return {
    checkpoint: items.get(nameOf(checkpointKey(shardId)))?.sequence?.S,
    marksOf: (keyId, month) => new Set(items.get(nameOf(monthKey(keyId, month)))?.endpoints?.SS),
  };
}

/**
 * Adds a batch to the totals and moves the shard's checkpoint on, together or not at all: whatever is
 * delivered again is seen to be in the totals already.
 * @param sequence of the batch's last record
 * @returns false when it is no longer as it was read: somebody else has added some of it
 * @throws Unavailable
 */
export async function writeBatch(
  shardId: string,
  { checkpoint }: BatchState,
  sum: UsageSum,
  sequence: string,
): Promise<boolean> {
  const part = partOf(shardId);
  const writes = [
    moveCheckpoint(shardId, checkpoint, sequence),
    ...sum.months.flatMap((month) => [addToMonth(month), ...addToEndpoints(month)]),
    ...sum.days.map((day) => addToDay(day, part)),
  ];
  try {
    await dynamodb(new TransactWriteItemsCommand({ TransactItems: writes }), { retry: TAKE_TIME });
    return true;
  } catch (error) {
    failedConditions(error);
    return false;
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

/**
 * A month's item holds only marks of the endpoints' names, as its size is what each batch costs. Two names
 * with the same mark count as one of the month's 200, and each for itself.
 */
function addToMonth(sum: MonthSum): TransactWriteItem {
  const { keyId, month, errors, marks, newMarks } = sum;
  const named = newMarks.size > 0;
  return {
    Update: {
      TableName: usageTable(),
      Key: monthKey(keyId, month),
      UpdateExpression: `SET as_of = :as_of ${ADD_TOTALS}, errors :errors${named ? ', endpoints :marks' : ''}`,
      ExpressionAttributeValues: {
        ...valuesOf(sum),
        ':errors': { N: String(errors) },
        ...(named && {
          ':marks': { SS: [...newMarks] },
          ':named': { N: String(marks.size - newMarks.size) },
        }),
      },
      ...(named && {
        ConditionExpression: 'attribute_not_exists(endpoints) OR size(endpoints) = :named',
      }),
    },
  };
}

function addToEndpoints({ keyId, month, endpoints }: MonthSum): TransactWriteItem[] {
  return [...endpoints].map(([endpoint, count]) => ({
    Update: {
      TableName: usageTable(),
      Key: monthKey(keyId, `${month}${ENDPOINT_SEPARATOR}${endpoint}`),
      UpdateExpression: 'ADD requests :count',
      ExpressionAttributeValues: { ':count': { N: String(count) } },
    },
  }));
}

function addToDay(sum: DaySum, part: number): TransactWriteItem {
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

/** One part for each shard, so that two consumers seldom meet on a day. */
function partOf(shardId: string): number {
  return createHash('sha256').update(shardId).digest().readUInt32BE() % DAY_PARTS;
}

function nameOf({ pk, sk }: Item): string {
  return `${pk?.S} ${sk?.S}`;
}
