import { VARIABLES } from './environment.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes that the index projects in addition to the keys; `ALL`: every attribute. */
  readonly includes: readonly string[] | 'ALL';
}

export type TableVariable = (typeof VARIABLES)[
  | 'keysTable'
  | 'usageTable'
  | 'auditTable'
  | 'securityTable'];

export interface TableDefinition {
  /** The environment variable that holds the table's name. */
  readonly variable: TableVariable;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes?: readonly IndexDefinition[];
  /** The TTL attribute: the time, in seconds since the epoch, after which an item expires. */
  readonly timeToLive?: string;
  /** Enables the table's stream of new images, which `count-usage` reads. */
  readonly stream?: true;
}

/**
 * The attributes that listings filter by: no verifiers, and no counters, so that a validation never
 * writes to an index.
 */
const FILTERED = [
  'service_id',
  'environment',
  'name',
  'expires_at',
  'revoked_at',
  'suspended_at',
  'grace_ends_at',
] as const;

/**
 * The index that lists keys, newest first. Its partition key has only two values, one of them for
 * revoked keys, because only administrators cause writes to it.
 */
export const LISTING = {
  name: 'listing',
  partitionKey: 'kind',
  sortKey: 'created_at',
  includes: [...FILTERED, 'user_id', 'key_prefix'],
} as const satisfies IndexDefinition;

/** The index that lists the keys of an owner, newest first. */
export const BY_USER = {
  name: 'by_user',
  partitionKey: 'user_id',
  sortKey: 'created_at',
  includes: [...FILTERED, 'key_prefix'],
} as const satisfies IndexDefinition;

/** The index that finds keys by their masked form, newest first. */
export const BY_PREFIX = {
  name: 'by_prefix',
  partitionKey: 'key_prefix',
  sortKey: 'created_at',
  includes: [...FILTERED, 'user_id'],
} as const satisfies IndexDefinition;

/**
 * The index that lists the audit entries of all keys by their time. A partition is a UTC day, so
 * that a page costs the same however many days there are.
 */
export const BY_DAY = {
  name: 'by_day',
  partitionKey: 'day',
  sortKey: 'time',
  includes: 'ALL',
} as const satisfies IndexDefinition;

/** The TTL attribute of items that expire. */
export const TIME_TO_LIVE = 'delete_after';

/** Every table; all keys are strings. The stack and the local run create the tables from this. */
export const tables: readonly TableDefinition[] = [
  {
    variable: VARIABLES.keysTable,
    partitionKey: 'key_id',
    indexes: [LISTING, BY_USER, BY_PREFIX],
  },
  {
    variable: VARIABLES.usageTable,
    partitionKey: 'pk',
    sortKey: 'sk',
    timeToLive: TIME_TO_LIVE,
    stream: true,
  },
  {
    variable: VARIABLES.auditTable,
    partitionKey: 'key_id',
    sortKey: 'at',
    indexes: [BY_DAY],
  },
  {
    variable: VARIABLES.securityTable,
    partitionKey: 'pk',
    sortKey: 'sk',
    timeToLive: TIME_TO_LIVE,
  },
];
