import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type LogEntry, monthIn } from '../domain/usage.ts';
import { USAGE_TIME_TO_LIVE } from '../tables.ts';
import { dynamodb } from './dynamodb.ts';
import type { Item } from './item.ts';
import { LOG_PREFIX, logPartition, usageTable } from './usage-items.ts';

/** A month can be rebuilt from its log until 39 days after its end. */
export const LOG_DAYS = 70;

/**
 * Adds a report to its key's log, unless it is there already.
 * @returns the entry of that name that another request has written before
 * @throws Unavailable
 */
export async function appendToLog(
  entry: LogEntry,
): Promise<{ kind: 'appended' } | { kind: 'repeated'; before: LogEntry }> {
  try {
    await dynamodb(
      new PutItemCommand({
        TableName: usageTable(),
        Item: toItem(entry),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { kind: 'appended' };
  } catch (error) {
    const before =
      error instanceof ConditionalCheckFailedException && error.Item && entryFrom(error.Item);
    if (!before) throw error;
    // The SDK sends again what it had no answer to, and then meets what it has written.
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
 * Reads what a key's log has of a month, page by page. It reads the key's whole log for it: a report is named
 * by what the caller calls it, not by its time.
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
      [USAGE_TIME_TO_LIVE]: Math.floor(Date.parse(fields.at) / 1000) + LOG_DAYS * 86_400,
    },
    { removeUndefinedValues: true },
  );
}

/** The entry that an item of the table is; undefined for one that {@link toItem} can't have made. */
export function entryFrom(item: Item): LogEntry | undefined {
  const { pk, sk: name, [USAGE_TIME_TO_LIVE]: _, ...fields } = unmarshall(item);
  const entry = { ...fields, name, key_id: String(pk).slice(LOG_PREFIX.length) } as LogEntry;
  const numbers = [
    entry.status_code,
    entry.response_time_ms,
    entry.predictions_count,
    entry.compute_ms,
  ];
  const isEntry =
    String(pk).startsWith(LOG_PREFIX) &&
    [name, entry.service_id, entry.endpoint, entry.charge, entry.request_id].every(
      (text) => typeof text === 'string',
    ) &&
    numbers.every((number) => typeof number === 'number' && number >= 0) &&
    !Number.isNaN(Date.parse(entry.at));
  return isEntry ? entry : undefined;
}
