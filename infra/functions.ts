import { VARIABLES, type Variable } from '../lib/environment.ts';
import type { FunctionName } from '../lib/routes.ts';
import { BY_DAY, BY_PREFIX, BY_USER, type IndexDefinition, LISTING } from '../lib/tables.ts';
import type { Stage } from './stages.ts';

/** An IAM action on a resource, or a query of one of a table's indexes. */
export type Access = string | { readonly queryOf: IndexDefinition };

/**
 * The environment variables of a function, each with what the function may do with the resource it
 * names. A variable that holds a plain value has no actions.
 */
export type Grants = { readonly [variable in Variable]?: readonly Access[] };

/** The functions that services call for each request they serve. */
export const serviceFunctions = ['validate-key', 'record-usage', 'debit-usage'] as const;
export type ServiceFunction = (typeof serviceFunctions)[number];

export interface FunctionSettings {
  readonly grants: Grants;
  /** The memory class, whose size each stage sets; `other` by default. */
  readonly memory?: keyof Stage['memory'];
  /** The timeout in seconds; by default that of the routes. */
  readonly timeout?: number;
  /** The class of reserved concurrency, which each stage sets; none by default. */
  readonly concurrency?: keyof Stage['concurrency'];
  /** The throttle of each of its routes, which each stage sets; `admin` by default. */
  readonly throttling?: Exclude<keyof Stage['throttling'], 'admin'>;
}

const {
  keysTable,
  usageTable,
  auditTable,
  securityTable,
  adminTokenSecret,
  adminTokenRotationDays,
  namedTokensSecret,
  pepperSecret,
  keyEnvironments,
  services,
  bcryptRounds,
  usageAuth,
  usageAddresses,
  leaseMs,
  stackName,
  dueKeysTopic,
  docsFolder,
} = VARIABLES;

/** The stack's name is the namespace of the function's metrics. */
const metrics: Grants = { [stackName]: [] };

/**
 * Verifies tokens, detects keys of another environment sent in place of one, and counts refused
 * requests.
 */
const admin: Grants = {
  ...metrics,
  [adminTokenSecret]: ['secretsmanager:GetSecretValue'],
  [namedTokensSecret]: ['secretsmanager:GetSecretValue'],
  [keyEnvironments]: [],
  [securityTable]: ['dynamodb:UpdateItem'],
};

/** Writes a sealed audit entry. IAM checks `PutItem` for a put inside a transaction. */
const auditedAdmin: Grants = {
  ...admin,
  [auditTable]: ['dynamodb:PutItem'],
  [pepperSecret]: ['secretsmanager:GetSecretValue'],
};

const issuesKeys: Grants = {
  ...auditedAdmin,
  [bcryptRounds]: [],
};

const readsUsage: Grants = {
  ...admin,
  [keysTable]: ['dynamodb:GetItem'],
  [usageTable]: ['dynamodb:Query'],
};

const reportsUsage: Grants = {
  ...admin,
  [keysTable]: ['dynamodb:UpdateItem', 'dynamodb:GetItem'],
  [usageTable]: ['dynamodb:PutItem'],
  [pepperSecret]: ['secretsmanager:GetSecretValue'],
  [services]: [],
  [usageAuth]: [],
  [usageAddresses]: [],
};

/** Every function's permissions, and its settings where they differ from the defaults. */
export const functionSettings: Record<FunctionName, FunctionSettings> = {
  'create-key': {
    memory: 'bcrypt',
    grants: {
      ...issuesKeys,
      [keysTable]: ['dynamodb:PutItem', 'dynamodb:GetItem'],
      [services]: [],
    },
  },
  'list-keys': {
    // A page of 1,000 keys is bound by CPU, which Lambda allocates in proportion to memory.
    memory: 'service',
    grants: {
      ...admin,
      [keysTable]: [
        { queryOf: LISTING },
        { queryOf: BY_USER },
        { queryOf: BY_PREFIX },
        'dynamodb:BatchGetItem',
      ],
      [securityTable]: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    },
  },
  'get-key': {
    grants: { ...admin, [keysTable]: ['dynamodb:GetItem'] },
  },
  'update-key': {
    grants: { ...auditedAdmin, [keysTable]: ['dynamodb:UpdateItem', 'dynamodb:GetItem'] },
  },
  'rotate-key': {
    memory: 'bcrypt',
    grants: {
      ...issuesKeys,
      [keysTable]: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:GetItem'],
    },
  },
  'key-audit': {
    grants: {
      ...admin,
      [keysTable]: ['dynamodb:GetItem'],
      [auditTable]: ['dynamodb:Query'],
      [pepperSecret]: ['secretsmanager:GetSecretValue'],
    },
  },
  'list-audit': {
    grants: {
      ...admin,
      [auditTable]: [{ queryOf: BY_DAY }],
      [pepperSecret]: ['secretsmanager:GetSecretValue'],
    },
  },
  'revoke-key': {
    // Reserved, so that a key can be revoked while other functions use up the account's quota.
    concurrency: 'revoke',
    grants: { ...auditedAdmin, [keysTable]: ['dynamodb:UpdateItem', 'dynamodb:GetItem'] },
  },
  'validate-key': {
    memory: 'service',
    throttling: 'validation',
    grants: {
      ...metrics,
      [keysTable]: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      [securityTable]: ['dynamodb:UpdateItem'],
      [pepperSecret]: ['secretsmanager:GetSecretValue'],
      [keyEnvironments]: [],
      [leaseMs]: [],
    },
  },
  'explain-key': {
    // It verifies keys, by bcrypt if it must.
    memory: 'service',
    grants: {
      ...admin,
      [keysTable]: ['dynamodb:GetItem'],
      [pepperSecret]: ['secretsmanager:GetSecretValue'],
    },
  },
  'security-posture': {
    grants: {
      ...admin,
      [securityTable]: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      [adminTokenSecret]: ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecretVersionIds'],
      [adminTokenRotationDays]: [],
      [pepperSecret]: ['secretsmanager:ListSecretVersionIds'],
    },
  },
  'record-usage': {
    memory: 'service',
    // Reserved concurrency is also a cap: usage reports can't use up the account's quota.
    concurrency: 'usage',
    throttling: 'usage',
    grants: reportsUsage,
  },
  'debit-usage': {
    memory: 'service',
    concurrency: 'usage',
    throttling: 'usage',
    grants: { ...reportsUsage, [usageTable]: ['dynamodb:PutItem', 'dynamodb:GetItem'] },
  },
  'usage-stats': { grants: readsUsage },
  'usage-billing': { grants: readsUsage },
  'usage-aggregate': {
    grants: { ...admin, [usageTable]: ['dynamodb:Query'], [services]: [] },
  },
  health: { grants: metrics },
  ready: {
    grants: {
      ...metrics,
      [adminTokenSecret]: ['secretsmanager:GetSecretValue'],
      [keysTable]: ['dynamodb:GetItem'],
    },
  },
  docs: { grants: { ...metrics, [docsFolder]: [] } },
  // It has no folder of docs, but answers 404 to requests for them where no function has one.
  'not-found': { grants: { ...metrics, [docsFolder]: [] } },
  'rotate-admin-token': {
    timeout: 30,
    grants: {
      [adminTokenSecret]: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
    },
  },
  'report-due-keys': {
    timeout: 300,
    grants: {
      ...metrics,
      [keysTable]: [{ queryOf: LISTING }, 'dynamodb:BatchGetItem'],
      [dueKeysTopic]: ['sns:Publish'],
    },
  },
  'assess-posture': {
    // A page of 1,000 keys is bound by CPU: this is the class with a whole processor.
    memory: 'bcrypt',
    timeout: 900,
    grants: {
      ...metrics,
      [keysTable]: [{ queryOf: LISTING }, 'dynamodb:BatchGetItem'],
      [securityTable]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    },
  },
  'count-usage': {
    memory: 'service',
    timeout: 60,
    grants: {
      ...metrics,
      [usageTable]: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    },
  },
};
