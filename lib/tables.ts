import { VARIABLES } from './environment.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** The attributes copied into the index beside the keys. */
  readonly includes: readonly string[];
}

export interface TableDefinition {
  /** The environment variable that carries the table's name to the functions. */
  readonly variable: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly index?: IndexDefinition;
}

/**
 * The index that lists keys, newest first. All keys share one value of its partition key: it is
 * written only when an administrator creates or changes a key. It holds what a listing filters by
 * and no verifier; counters are not in it, so a validation never writes to it.
 */
export const LISTING = {
  name: 'listing',
  partitionKey: 'kind',
  sortKey: 'created_at',
  includes: ['service_id', 'environment', 'expires_at', 'revoked_at', 'grace_ends_at'],
} as const satisfies IndexDefinition;

/** Every table, all keys strings. The stack and the one-machine run both make them from this. */
export const tables: readonly TableDefinition[] = [
  { variable: VARIABLES.keysTable, partitionKey: 'key_id', index: LISTING },
  { variable: VARIABLES.auditTable, partitionKey: 'key_id', sortKey: 'at' },
];
