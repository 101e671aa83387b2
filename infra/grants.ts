import { VARIABLES, type Variable } from '../lib/environment.ts';
import type { FunctionName } from '../lib/routes.ts';

/**
 * The variables a function is given and, where one names a resource, the actions the function may
 * take on it: permission and name in one breath, so that neither comes without the other.
 */
export type Grants = { readonly [variable in Variable]?: readonly string[] };

const {
  keysTable,
  usageTable,
  auditTable,
  adminTokenSecret,
  pepperSecret,
  keyEnvironments,
  services,
  bcryptRounds,
  usageAuth,
  usageAddresses,
  stackName,
  alertsTopic,
} = VARIABLES;

const everyFunction: Grants = { [stackName]: [] };
const administration: Grants = {
  ...everyFunction,
  [adminTokenSecret]: ['secretsmanager:GetSecretValue'],
  [keyEnvironments]: [],
};
/** A transaction needs the permissions of the writes in it. */
const audited: Grants = { ...administration, [auditTable]: ['dynamodb:PutItem'] };
const issuing: Grants = {
  ...audited,
  [pepperSecret]: ['secretsmanager:GetSecretValue'],
  [bcryptRounds]: [],
};

const reporting: Grants = {
  ...administration,
  [keysTable]: ['dynamodb:UpdateItem', 'dynamodb:GetItem'],
  [usageTable]: ['dynamodb:PutItem'],
  [pepperSecret]: ['secretsmanager:GetSecretValue'],
  [services]: [],
  [usageAuth]: [],
  [usageAddresses]: [],
};
const reading: Grants = {
  ...administration,
  [keysTable]: ['dynamodb:GetItem'],
  [usageTable]: ['dynamodb:Query'],
};

export const grants: Record<FunctionName, Grants> = {
  'create-key': {
    ...issuing,
    [keysTable]: ['dynamodb:PutItem', 'dynamodb:GetItem'],
    [services]: [],
  },
  'list-keys': { ...administration, [keysTable]: ['dynamodb:Query', 'dynamodb:BatchGetItem'] },
  'get-key': { ...administration, [keysTable]: ['dynamodb:GetItem'] },
  'update-key': { ...audited, [keysTable]: ['dynamodb:UpdateItem', 'dynamodb:GetItem'] },
  'rotate-key': {
    ...issuing,
    [keysTable]: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:GetItem'],
  },
  'revoke-key': { ...audited, [keysTable]: ['dynamodb:UpdateItem'] },
  'validate-key': {
    ...everyFunction,
    [keysTable]: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    [pepperSecret]: ['secretsmanager:GetSecretValue'],
    [keyEnvironments]: [],
  },
  'record-usage': reporting,
  'debit-usage': { ...reporting, [usageTable]: ['dynamodb:PutItem', 'dynamodb:GetItem'] },
  'usage-stats': reading,
  'usage-billing': reading,
  'usage-aggregate': { ...administration, [usageTable]: ['dynamodb:Query'], [services]: [] },
  health: everyFunction,
  ready: { ...administration, [keysTable]: ['dynamodb:GetItem'] },
  'not-found': everyFunction,
  'rotate-admin-token': {
    [adminTokenSecret]: [
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ],
  },
  'report-due-keys': {
    ...everyFunction,
    [keysTable]: ['dynamodb:Query', 'dynamodb:BatchGetItem'],
    [alertsTopic]: ['sns:Publish'],
  },
  'count-usage': {
    ...everyFunction,
    [usageTable]: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  },
};
