import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { DAY_MS } from '../../domain/time.ts';
import { type LogEntry, monthIn } from '../../domain/usage-report.ts';
import { TIME_TO_LIVE } from '../../tables.ts';
import { dynamodb } from './client.ts';
import type { Item } from './item.ts';
import { LOG_RETRY } from './retry.ts';
import { LOG_PREFIX, logPartition, usageTable } from './usage-items.ts';

/** The items that {@link toItem} writes. Longer texts would not fit into the key of a total. */
const entryItem = z.object({
  pk: z.string().check(z.startsWith(LOG_PREFIX)),
  sk: z.string(),
  charge: z.enum(['record', 'debit']),
  at: z.iso.datetime({ precision: 3 }),
  request_id: z.string(),
  service_id: z.string().check(z.maxLength(100)),
  endpoint: z.string().check(z.maxLength(400)),
  status_code: z.number(),
  response_time_ms: z.number().check(z.nonnegative()),
  predictions_count: z.int().check(z.nonnegative()),
  compute_ms: z.number().check(z.nonnegative()),
  model_id: z.optional(z.string()),
  [TIME_TO_LIVE]: z.optional(z.number()),
});

/** Days that entries are kept: a month can be rebuilt from its log until 39 days after its end. */
export const LOG_DAYS = 70;

export type AppendOutcome =
  | { readonly kind: 'appended' }
  | { readonly kind: 'repeated'; readonly before: LogEntry };

/**
 * Adds a report to its key's log, unless another request has written an entry of that name before.
 * @throws Unavailable
 */
export async function appendToLog(entry: LogEntry): Promise<AppendOutcome> {
  try {
    await dynamodb(
      new PutItemCommand({
        TableName: usageTable(),
        Item: toItem(entry),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
      { retry: LOG_RETRY },
    );
    return { kind: 'appended' };
  } catch (error) {
    const before =
      error instanceof ConditionalCheckFailedException && error.Item && entryFrom(error.Item);
    if (!before) throw error;
    // A retry after a lost answer finds the entry that the first attempt has written.
    return before.request_id === entry.request_id
      ? { kind: 'appended' }
      : { kind: 'repeated', before };
  }
}

/**
 * Reads an entry of a key's log, consistently.
 * @throws Unavailable
 */
export async function readLogEntry(keyId: string, name: string): Promise<LogEntry | undefined> {
  const { Item } = await dynamodb(
    new GetItemCommand({
      TableName: usageTable(),
      Key: { pk: logPartition(keyId), sk: { S: name } },
      ConsistentRead: true,
    }),
  );
  return Item && entryFrom(Item);
}

/**
 * Reads the entries of a month from a key's log, page by page. It has to read the whole log,
 * because entries are named by the caller's idempotency key and not by their time.
 * @throws Unavailable
 */
export async function* readLog(keyId: string, month: string): AsyncGenerator<LogEntry> {
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await dynamodb(
      new QueryCommand({
        TableName: usageTable(),
        KeyConditionExpression: 'pk = :log',
        ExpressionAttributeValues: { ':log': logPartition(keyId) },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) {
      const entry = entryFrom(item);
      if (entry && monthIn(entry) === month) yield entry;
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

function toItem({ key_id, name, ...fields }: LogEntry): Item {
  return marshall(
    {
      pk: logPartition(key_id).S,
      sk: name,
      ...fields,
      [TIME_TO_LIVE]: Math.floor(Date.parse(fields.at) / 1000) + (LOG_DAYS * DAY_MS) / 1000,
    },
    { removeUndefinedValues: true },
  );
}

/** Converts an item to its entry, or returns undefined if {@link toItem} can't have written it. */
export function entryFrom(item: Item): LogEntry | undefined {
  const result = entryItem.safeParse(attributesOf(item));
  if (!result.success) return undefined;
  const { pk, sk: name, [TIME_TO_LIVE]: _, ...fields } = result.data;
  return { ...fields, name, key_id: pk.slice(LOG_PREFIX.length) };
}

/** Returns undefined for numbers that JavaScript can't hold, which this service never writes. */
function attributesOf(item: Item): object | undefined {
  try {
    return unmarshall(item);
  } catch {
    return undefined;
  }
}
