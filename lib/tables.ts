import { VARIABLES } from './environment.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** The attributes copied into the index beside the keys. */
  readonly includes: readonly string[];
}

export type TableVariable = (typeof VARIABLES)['keysTable' | 'usageTable' | 'auditTable'];

export interface TableDefinition {
  /** The environment variable that carries the table's name to the functions. */
  readonly variable: TableVariable;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly index?: IndexDefinition;
  /** The attribute that says, in seconds since 1970, when DynamoDB may delete an item. */
  readonly timeToLive?: string;
  /** Whether the table has a stream of its new and changed items, for `count-usage`. */
  readonly stream?: true;
}

/**
 * The index that lists keys, newest first. Its partition key has two values, one of which is for revoked keys:
 * few partitions will do, as it is written only when an administrator creates or changes a key. It holds what a
 * listing filters by and no verifier; counters are not in it, so a validation never writes to it.
 */
export const LISTING = {
  name: 'listing',
  partitionKey: 'kind',
  sortKey: 'created_at',
  includes: ['service_id', 'environment', 'expires_at', 'revoked_at', 'grace_ends_at'],
} as const satisfies IndexDefinition;

/** Only log entries have it: totals are kept, and so are the few bytes of a shard's checkpoint. */
export const USAGE_TIME_TO_LIVE = 'delete_after';

/** Every table, all keys strings. The stack and the one-machine run both make them from this. */
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
