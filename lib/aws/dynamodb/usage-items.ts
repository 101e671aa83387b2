import { requireEnv, VARIABLES } from '../../environment.ts';
import type { Item } from './item.ts';

/**
 * A service's day is spread over this many items, so that consumers of two shards seldom conflict.
 */
export const DAY_PARTS = 16;

/** The prefix of a month's attributes that count its endpoints. */
const ENDPOINT_PREFIX = 'endpoint:';

/** The prefix of log entries' partition keys; no other item has it. */
export const LOG_PREFIX = 'log#';

export function usageTable(): string {
  return requireEnv(VARIABLES.usageTable);
}

/** Returns the partition of a key's log: one, so that it can be read without an index. */
export function logPartition(keyId: string) {
  return { S: `${LOG_PREFIX}${keyId}` };
}

/** Returns the item key of a month's totals of a key. */
export function monthKey(keyId: string, month: string) {
  return { pk: { S: `key#${keyId}` }, sk: { S: month } };
}

/** Returns the attribute of a month that counts an endpoint. */
export function endpointAttribute(endpoint: string): string {
  return ENDPOINT_PREFIX + endpoint;
}

/** Returns the endpoints that a month's item counts. */
export function endpointsFrom(item: Item): [endpoint: string, count: number][] {
  return Object.entries(item)
    .filter(([name]) => name.startsWith(ENDPOINT_PREFIX))
    .map(([name, { N: count }]) => [name.slice(ENDPOINT_PREFIX.length), Number(count)]);
}

/** Returns one of the {@link DAY_PARTS} partitions of a service's days, whose items sort by day. */
export function dayPartition(service: string, part: number) {
  return { S: `day#${service}#${part}` };
}

/** Returns the item key of a shard's checkpoint: the last of its records in the totals. */
export function checkpointKey(shardId: string) {
  return { pk: { S: `shard#${shardId}` }, sk: { S: 'checkpoint' } };
}
