import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DaySum, MonthSum } from '../../domain/usage-sum.ts';
import { dynamodb } from './client.ts';
import { toAttributes } from './item.ts';
import { BACKGROUND_RETRY } from './retry.ts';
import { DAY_PARTS, dayPartition, endpointAttribute, monthKey, usageTable } from './usage-items.ts';

/**
 * Replaces the totals of a month of a key. The month must be over, so that nothing adds to them.
 * @throws Unavailable
 */
export async function replaceMonth(sum: MonthSum): Promise<void> {
  const { keyId, month, totals, errors, endpoints, names, asOf } = sum;
  const counts = [...endpoints].map(([endpoint, count]) => [endpointAttribute(endpoint), count]);
  const Item = {
    ...monthKey(keyId, month),
    ...toAttributes({ ...totals, errors, as_of: asOf || null, endpoints_named: names.size }),
    ...toAttributes(Object.fromEntries(counts)),
  };
  await dynamodb(new PutItemCommand({ TableName: usageTable(), Item }), {
    retry: BACKGROUND_RETRY,
  });
}

/**
 * Replaces the totals of a day of a service. Its month must be over, so that nothing adds to them.
 * @throws Unavailable
 */
export async function replaceDay({ service, day, totals, asOf }: DaySum): Promise<void> {
  const [first, ...others] = Array.from({ length: DAY_PARTS }, (_, part) => ({
    pk: dayPartition(service, part),
    sk: { S: day },
  }));
  const TableName = usageTable();
  const Item = { ...first, ...toAttributes({ ...totals, as_of: asOf || null }) };
  await dynamodb(new PutItemCommand({ TableName, Item }), { retry: BACKGROUND_RETRY });
  for (const Key of others) {
    await dynamodb(new DeleteItemCommand({ TableName, Key }), { retry: BACKGROUND_RETRY });
  }
}
