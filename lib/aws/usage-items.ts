import { requireEnv, VARIABLES } from '../environment.ts';

/** Transactions that meet on an item cancel each other, so a service's day is spread over this many. */
export const SHARDS = 16;

/** Between a month and an endpoint in the name of the endpoint's counter. */
export const ENDPOINT = '#';

export function usageTable(): string {
  return requireEnv(VARIABLES.usageTable);
}

/** The month's totals, or with {@link ENDPOINT} and a name the month's counter of that endpoint. */
export function monthKey(keyId: string, month: string) {
  return { pk: { S: `key#${keyId}` }, sk: { S: month } };
}

/** One of the {@link SHARDS} parts of a service's days, which sort by day. */
export function dayPartition(service: string, shard: number) {
  return { S: `day#${service}#${shard}` };
}
