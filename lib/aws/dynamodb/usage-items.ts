import { requireEnv, VARIABLES } from '../../environment.ts';
import type { Item } from './item.ts';

/** The consumers of different shards of the stream seldom meet on a service's day, as it is spread over this many items. */
export const DAY_PARTS = 16;

/** How the names of a month's attributes begin that count its endpoints. */
const ENDPOINT_PREFIX = 'endpoint:';

/** How the partition keys of all log entries begin, and no others. */
export const LOG_PREFIX = 'log#';

export function usageTable(): string {
  return requireEnv(VARIABLES.usageTable);
}

/** A key's log is one partition, so that it can be read without an index. */
export function logPartition(keyId: string) {
  return { S: `${LOG_PREFIX}${keyId}` };
}

/** The month's totals of a key. */
export function monthKey(keyId: string, month: string) {
  return { pk: { S: `key#${keyId}` }, sk: { S: month } };
}

/** The attribute of a month that counts an endpoint. */
export function endpointAttribute(endpoint: string): string {
  return ENDPOINT_PREFIX + endpoint;
}

/** The endpoints that a month's item counts. */
export function endpointsFrom(item: Item): [endpoint: string, count: number][] {
  return Object.entries(item)
    .filter(([name]) => name.startsWith(ENDPOINT_PREFIX))
    .map(([name, { N: count }]) => [name.slice(ENDPOINT_PREFIX.length), Number(count)]);
}

/** One of the {@link DAY_PARTS} parts of a service's days, which sort by day. */
export function dayPartition(service: string, part: number) {
  return { S: `day#${service}#${part}` };
}

/** How far a shard of the table's stream has been added to the totals. */
export function checkpointKey(shardId: string) {
  return { pk: { S: `shard#${shardId}` }, sk: { S: 'checkpoint' } };
}
