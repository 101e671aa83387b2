import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { DaySum, MonthSum } from '../domain/usage-sum.ts';
import { dynamodb, TAKE_TIME } from './dynamodb.ts';
import { type Item, toAttributes } from './item.ts';
import {
  DAY_PARTS,
  dayPartition,
  ENDPOINT_SEPARATOR,
  monthKey,
  usageTable,
} from './usage-items.ts';

/** BatchWriteItem takes no more. */
const BATCH = 25;

/**
 * Replaces the totals of a month of a key, of which nobody adds to any more.
 * @param before the endpoints that have a counter now
 * @throws Unavailable
 */
export async function replaceMonth(sum: MonthSum, before: readonly string[]): Promise<void> {
  const { keyId, month, totals, errors, endpoints, marks, asOf } = sum;
  const endpointKey = (endpoint: string) =>
    monthKey(keyId, `${month}${ENDPOINT_SEPARATOR}${endpoint}`);
  const gone = before.filter((endpoint) => !endpoints.has(endpoint));
  await write([
    ...gone.map((endpoint) => ({ DeleteRequest: { Key: endpointKey(endpoint) } })),
    ...[...endpoints].map(([endpoint, requests]) =>
      put({ ...endpointKey(endpoint), ...toAttributes({ requests }) }),
    ),
    put({
      ...monthKey(keyId, month),
      ...toAttributes({ ...totals, errors, as_of: asOf || null }),
      ...(marks.size > 0 && { endpoints: { SS: [...marks] } }),
    }),
  ]);
}

/**
 * Replaces the totals of a day of a service, of which nobody adds to any more.
 * @throws Unavailable
 */
export async function replaceDay({ service, day, totals, asOf }: DaySum): Promise<void> {
  const [first, ...others] = Array.from({ length: DAY_PARTS }, (_, part) => ({
    pk: dayPartition(service, part),
    sk: { S: day },
  }));
  await write([
    put({ ...first, ...toAttributes({ ...totals, as_of: asOf || null }) }),
    ...others.map((Key) => ({ DeleteRequest: { Key } })),
  ]);
}

function put(Item: Item): WriteRequest {
  return { PutRequest: { Item } };
}

async function write(requests: WriteRequest[]): Promise<void> {
  let left = requests;
  while (left.length > 0) {
    const batch = left.slice(0, BATCH);
    const command = new BatchWriteItemCommand({ RequestItems: { [usageTable()]: batch } });
    const { UnprocessedItems } = await dynamodb(command, { retry: TAKE_TIME });
    left = [...(UnprocessedItems?.[usageTable()] ?? []), ...left.slice(BATCH)];
  }
}
