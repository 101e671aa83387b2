import { requireEnv, VARIABLES } from '../environment.ts';

/** The consumers of different shards of the stream seldom meet on a service's day, as it is spread over this many items. */
export const DAY_PARTS = 16;

/** Between a month and an endpoint in the name of the endpoint's counter. */
export const ENDPOINT_SEPARATOR = '#';

/** How the partition keys of all log entries begin, and no others. */
export const LOG_PREFIX = 'log#';

export function usageTable(): string {
  return requireEnv(VARIABLES.usageTable);
}

/** A key's log is one partition, so that it can be read without an index. */
export function logPartition(keyId: string) {
  return { S: `${LOG_PREFIX}${keyId}` };
}

/** The month's totals, or with {@link ENDPOINT_SEPARATOR} and a name the month's counter of that endpoint. */
export function monthKey(keyId: string, month: string) {
  return { pk: { S: `key#${keyId}` }, sk: { S: month } };
}

/** One of the {@link DAY_PARTS} parts of a service's days, which sort by day. */
export function dayPartition(service: string, part: number) {
  return { S: `day#${service}#${part}` };
}

/** How far a shard of the table's stream has been added to the totals. */
export function checkpointKey(shardId: string) {
  return { pk: { S: `shard#${shardId}` }, sk: { S: 'checkpoint' } };
}
