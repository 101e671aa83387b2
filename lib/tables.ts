import { VARIABLES } from './environment.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes that the index projects in addition to the keys. */
  readonly includes: readonly string[];
}

export type TableVariable = (typeof VARIABLES)['keysTable' | 'usageTable' | 'auditTable'];

export interface TableDefinition {
  /** The environment variable that holds the table's name. */
  readonly variable: TableVariable;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly index?: IndexDefinition;
  /** The TTL attribute: the time, in seconds since the epoch, after which an item expires. */
  readonly timeToLive?: string;
  /** Enables the table's stream of new images, which `count-usage` reads. */
  readonly stream?: true;
}

/**
 * The index that lists keys, newest first. Its partition key has only two values, one of them for
 * revoked keys, because only administrators cause writes to it. It projects the attributes that
 * listings filter by: no verifiers, and no counters, so that a validation never writes to it.
 */
export const LISTING = {
  name: 'listing',
  partitionKey: 'kind',
  sortKey: 'created_at',
  includes: ['service_id', 'environment', 'expires_at', 'revoked_at', 'grace_ends_at'],
} as const satisfies IndexDefinition;

/** The TTL attribute of log entries. Totals and the checkpoints of shards do not expire. */
export const USAGE_TIME_TO_LIVE = 'delete_after';

/** Every table; all keys are strings. The stack and the local run create the tables from this. */
export const tables: readonly TableDefinition[] = [
  { variable: VARIABLES.keysTable, partitionKey: 'key_id', index: LISTING },
  {
    variable: VARIABLES.usageTable,
    partitionKey: 'pk',
    sortKey: 'sk',
    timeToLive: USAGE_TIME_TO_LIVE,
    stream: true,
  },
  { variable: VARIABLES.auditTable, partitionKey: 'key_id', sortKey: 'at' },
];
