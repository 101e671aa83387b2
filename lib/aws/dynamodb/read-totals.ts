import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { latest } from '../../domain/time.ts';
import { addTotals, type MonthTotals, type Totals } from '../../domain/usage-totals.ts';
import { dynamodb } from './client.ts';
import type { Item } from './item.ts';
import { DAY_PARTS, dayPartition, endpointsFrom, monthKey, usageTable } from './usage-items.ts';

/** The totals of a service by day, of the days on which it was used. */
export interface DayTotals {
  readonly days: ReadonlyMap<string, Totals>;
  /** When the newest report in them was received; null: there is none. */
  readonly as_of: string | null;
}

/**
 * Reads the usage of a key in a month; all totals are 0 if there is none.
 * @param month as in `2026-11`
 * @throws Unavailable
 */
export async function readMonth(keyId: string, month: string): Promise<MonthTotals> {
  const { Items = [] } = await dynamodb(
    new QueryCommand({
      TableName: usageTable(),
      KeyConditionExpression: 'pk = :key AND begins_with(sk, :month)',
      ExpressionAttributeValues: { ':key': monthKey(keyId, month).pk, ':month': { S: month } },
      ConsistentRead: true,
    }),
  );
  // An earlier version wrote an item per endpoint; all 201 of a month fit into one answer.
  const [item = {}, ...earlier] = Items;
  const endpoints = new Map(endpointsFrom(item));
  for (const { sk, requests } of earlier) {
    const endpoint = sk?.S?.slice(`${month}#`.length) ?? '';
    endpoints.set(endpoint, (endpoints.get(endpoint) ?? 0) + Number(requests?.N));
  }
  return {
    ...totalsFrom(item),
    errors: Number(item.errors?.N ?? 0),
    endpoints: [...endpoints].map(([endpoint, count]) => ({ endpoint, count })),
    as_of: item.as_of?.S ?? null,
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
 * Reads the totals of a service by day.
 * @param from and `to`: the first and the last day, as in `2026-11-23`
 * @throws Unavailable
 */
export async function readDays(service: string, from: string, to: string): Promise<DayTotals> {
  const parts = await Promise.all(
    Array.from({ length: DAY_PARTS }, (_, part) => readPart(dayPartition(service, part), from, to)),
  );
  const items = parts.flat();
  const days = new Map<string, Totals>();
  for (const item of items) {
    const day = item.sk?.S ?? '';
    const before = days.get(day);
    days.set(day, before ? addTotals(before, totalsFrom(item)) : totalsFrom(item));
  }
  return { days, as_of: latest(items.map((item) => item.as_of?.S ?? null)) };
}

/** Reads one part of a service's days. A year of it has about 60 KB, which fit into one answer. */
async function readPart(partition: { S: string }, from: string, to: string): Promise<Item[]> {
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
