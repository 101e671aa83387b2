import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { addTotals, type MonthTotals, type Totals } from '../domain/usage.ts';
import { dynamodb } from './dynamodb.ts';
import type { Item } from './item.ts';
import { dayPartition, ENDPOINT, monthKey, SHARDS, usageTable } from './usage-items.ts';

/**
 * What a key has used in a month; nothing, when there is no record of it.
 * @param month as in `2026-11`
 * @throws Unavailable
 */
export async function readMonth(keyId: string, month: string): Promise<MonthTotals> {
  // The month and its 201 endpoints at most: it always fits into one answer.
  const { Items = [] } = await dynamodb(
    new QueryCommand({
      TableName: usageTable(),
      KeyConditionExpression: 'pk = :key AND begins_with(sk, :month)',
      ExpressionAttributeValues: { ':key': monthKey(keyId, month).pk, ':month': { S: month } },
      ConsistentRead: true,
    }),
  );
  const [item = {}, ...endpoints] = Items;
  const prefix = `${month}${ENDPOINT}`.length;
  return {
    ...totalsFrom(item),
    errors: Number(item.errors?.N ?? 0),
    endpoints: endpoints.map((counter) => ({
      endpoint: counter.sk?.S?.slice(prefix) ?? '',
      count: Number(counter.requests?.N),
    })),
  };
}

function totalsFrom(item: Item): Totals {
  return {
    requests: Number(item.requests?.N ?? 0),
    predictions: Number(item.predictions?.N ?? 0),
    compute_ms: Number(item.compute_ms?.N ?? 0),
    response_time_ms: Number(item.response_time_ms?.N ?? 0),
  };
}

/**
 * A service's totals by day, of the days on which it was used.
 * @param from and `to`: the first and the last day, as in `2026-11-23`
 * @throws Unavailable
 */
export async function readDays(
  service: string,
  from: string,
  to: string,
): Promise<Map<string, Totals>> {
  const shards = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) => readShard(dayPartition(service, shard), from, to)),
  );
  const days = new Map<string, Totals>();
  for (const item of shards.flat()) {
    const day = item.sk?.S ?? '';
    const before = days.get(day);
    days.set(day, before ? addTotals(before, totalsFrom(item)) : totalsFrom(item));
  }
  return days;
}

/** A year of a shard has some 60 KB: it always fits into one answer. */
async function readShard(partition: { S: string }, from: string, to: string) {
  const { Items = [] } = await dynamodb(
    new QueryCommand({
      TableName: usageTable(),
      KeyConditionExpression: 'pk = :partition AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':partition': partition,
        ':from': { S: from },
        ':to': { S: to },
      },
      ConsistentRead: true,
    }),
  );
  return Items;
}
