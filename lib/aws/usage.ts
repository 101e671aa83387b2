import { createHash } from 'node:crypto';
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { monthWindow } from '../domain/limits.ts';
import {
  dayOf,
  isError,
  MAX_ENDPOINTS,
  monthOf,
  OTHER_ENDPOINTS,
  type Usage,
} from '../domain/usage.ts';
import { USAGE_TIME_TO_LIVE } from '../tables.ts';
import { dynamodb, failedConditions } from './dynamodb.ts';
import { fromItem, type Item, type StoredKey } from './item.ts';
import { keysTable } from './keys.ts';
import { dayPartition, ENDPOINT, monthKey, SHARDS, usageTable } from './usage-items.ts';

/** Longer than the day that is promised. */
const REMEMBERED_SECONDS = 48 * 3600;

const MARK_LENGTH = 4;

/** One report of usage, ready to be counted. */
export interface UsageWrite {
  readonly keyId: string;
  readonly usage: Usage;
  /** The name the request is counted under. */
  readonly endpoint: string;
  /** Counted only while the key is still at this version. */
  readonly version?: number;
  /** Counted only if the month's predictions stay within. */
  readonly limit?: number;
  /** Counted only once: the caller's name for the report, and what tells its body from another. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

/**
 * Whether it was counted, now or before; if not, why. `key` is the key as it is now, where it is not what the
 * write asked for; `endpoints` is what its month has named.
 */
export type UsageOutcome =
  | { readonly kind: 'counted' | 'reused'; readonly key?: StoredKey | undefined }
  | { readonly kind: 'endpoints'; readonly endpoints: ReadonlySet<string> }
  | { readonly kind: 'key'; readonly key: StoredKey | undefined };

/**
 * Counts a report in one transaction: the key's predictions that validation looks at, the totals of its
 * month, of the endpoint and of the service's day, and the idempotency key; all or nothing.
 * @throws Unavailable
 */
export async function writeUsage(write: UsageWrite, now: Date): Promise<UsageOutcome> {
  // Made anew for each attempt, as one that met another on a day's item goes to the next.
  const command = () =>
    new TransactWriteItemsCommand({
      TransactItems: [
        countPredictions(write, now),
        countMonth(write, now),
        countEndpoint(write, now),
        countDay(write, now),
        ...rememberReport(write, now),
      ],
    });
  try {
    await dynamodb(command);
    return { kind: 'counted' };
  } catch (error) {
    const [failed, month, , , before] = failedConditions(error);
    const key = failed?.Item && fromItem(failed.Item);
    // What was counted before stays counted, whatever else has changed since.
    if (before?.Item) {
      const same = before.Item.fingerprint?.S === write.idempotency?.fingerprint;
      return { kind: same ? 'counted' : 'reused', key };
    }
    if (month?.Item) return { kind: 'endpoints', endpoints: endpointsOf(month.Item) };
    return { kind: 'key', key };
  }
}

function countPredictions(
  { keyId, usage, version, limit }: UsageWrite,
  now: Date,
): TransactWriteItem {
  const conditions = ['attribute_exists(key_id)'];
  const values: Item = { ':count': { N: String(usage.predictions_count) } };
  if (version !== undefined) {
    conditions.push('version = :version');
    values[':version'] = { N: String(version) };
  }
  if (limit !== undefined) {
    const room = limit - usage.predictions_count;
    values[':room'] = { N: String(room) };
    // A counter that does not exist yet stands at zero, and nothing is below that.
    conditions.push(
      room < 0
        ? '#predictions <= :room'
        : '(attribute_not_exists(#predictions) OR #predictions <= :room)',
    );
  }
  return {
    Update: {
      TableName: keysTable(),
      Key: { key_id: { S: keyId } },
      UpdateExpression: 'ADD #predictions :count',
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { '#predictions': monthWindow(now).counter },
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/**
 * Its size is what every report costs, so it holds of an endpoint's name only a mark. Two names with the
 * same mark, one chance in some thousand, count as one of the month's 200, and each for itself.
 */
function countMonth({ keyId, usage, endpoint }: UsageWrite, now: Date): TransactWriteItem {
  const named = endpoint !== OTHER_ENDPOINTS && { S: endpointMark(endpoint) };
  return {
    Update: {
      TableName: usageTable(),
      Key: monthKey(keyId, monthOf(now)),
      UpdateExpression: `${ADD_TOTALS}, errors :errors${named ? ', endpoints :marks' : ''}`,
      ExpressionAttributeValues: {
        ...totalsOf(usage),
        ':errors': { N: isError(usage) ? '1' : '0' },
        ...(named && {
          ':marks': { SS: [named.S] },
          ':mark': named,
          ':most': { N: String(MAX_ENDPOINTS) },
        }),
      },
      ...(named && {
        ConditionExpression:
          'attribute_not_exists(endpoints) OR contains(endpoints, :mark) OR size(endpoints) < :most',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    },
  };
}

function countEndpoint({ keyId, endpoint }: UsageWrite, now: Date): TransactWriteItem {
  return {
    Update: {
      TableName: usageTable(),
      Key: monthKey(keyId, `${monthOf(now)}${ENDPOINT}${endpoint}`),
      UpdateExpression: 'ADD requests :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
}

function countDay({ usage }: UsageWrite, now: Date): TransactWriteItem {
  const shard = Math.floor(Math.random() * SHARDS);
  return {
    Update: {
      TableName: usageTable(),
      Key: { pk: dayPartition(usage.service_id, shard), sk: { S: dayOf(now) } },
      UpdateExpression: ADD_TOTALS,
      ExpressionAttributeValues: totalsOf(usage),
    },
  };
}

function rememberReport({ keyId, idempotency }: UsageWrite, now: Date): TransactWriteItem[] {
  if (!idempotency) return [];
  return [
    {
      Put: {
        TableName: usageTable(),
        Item: marshall({
          pk: `report#${keyId}#${idempotency.key}`,
          sk: 'report',
          fingerprint: idempotency.fingerprint,
          [USAGE_TIME_TO_LIVE]: Math.floor(now.getTime() / 1000) + REMEMBERED_SECONDS,
        }),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    },
  ];
}

const ADD_TOTALS =
  'ADD requests :one, predictions :predictions, compute_ms :compute_ms, response_time_ms :response_time_ms';

function totalsOf(usage: Usage): Item {
  return {
    ':one': { N: '1' },
    ':predictions': { N: String(usage.predictions_count) },
    ':compute_ms': { N: String(usage.compute_ms) },
    ':response_time_ms': { N: String(usage.response_time_ms) },
  };
}

/** What a month's item says of an endpoint that it has named. */
export function endpointMark(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url').slice(0, MARK_LENGTH);
}

function endpointsOf(month: Item): ReadonlySet<string> {
  return new Set(month.endpoints?.SS);
}
