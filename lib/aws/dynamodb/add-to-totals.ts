import { createHash } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { DaySum, MonthSum, UsageSum } from '../../domain/usage-sum.ts';
import { batchGet } from './batch-get.ts';
import { dynamodb, failedConditions, TAKE_TIME } from './client.ts';
import { type Item, toAttributes } from './item.ts';
import {
  checkpointKey,
  DAY_PARTS,
  dayPartition,
  endpointAttribute,
  endpointsFrom,
  monthKey,
  usageTable,
} from './usage-items.ts';

/** A transaction takes 100 items, and one is the checkpoint. */
export const MOST_TOTALS = 99;

/** What adding a batch has to know of what was added before. */
export interface BatchState {
  /** The sequence number of the shard's last record that is in the totals; undefined: none is. */
  readonly checkpoint: string | undefined;
  /** The endpoints that a month of a key counts. */
  readonly namesOf: (keyId: string, month: string) => readonly string[];
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
  const found = await batchGet(usageTable(), { Keys: [...keys.values()] }, TAKE_TIME);
  const items = new Map(found.map((item) => [nameOf(item), item]));
  return {
    checkpoint: items.get(nameOf(checkpointKey(shardId)))?.sequence?.S,
    namesOf: (keyId, month) =>
      endpointsFrom(items.get(nameOf(monthKey(keyId, month))) ?? {}).map(([endpoint]) => endpoint),
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
    ...sum.months.map(addToMonth),
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

/** Two consumers that name endpoints of the same month at once see it by their number. */
function addToMonth(sum: MonthSum): TransactWriteItem {
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
