import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { TableDefinition } from '../lib/tables.ts';
import { isKept, removalPolicyOf, type Stage } from './stages.ts';

export interface ResourceTable {
  readonly definition: TableDefinition;
  readonly table: Table;
}

/** Creates an on-demand, encrypted table with point-in-time recovery. */
export function createTable(
  scope: Construct,
  stage: Stage,
  definition: TableDefinition,
): ResourceTable {
  const { variable, partitionKey, sortKey, index, timeToLive, stream } = definition;
  const table = new Table(scope, logicalId(variable), {
    partitionKey: text(partitionKey),
    sortKey: sortKey === undefined ? undefined : text(sortKey),
    timeToLiveAttribute: timeToLive,
    stream: stream && StreamViewType.NEW_IMAGE,
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: TableEncryption.AWS_MANAGED,
    deletionProtection: isKept(stage),
    removalPolicy: removalPolicyOf(stage),
  });
  if (index) {
    table.addGlobalSecondaryIndex({
      indexName: index.name,
      partitionKey: text(index.partitionKey),
      sortKey: text(index.sortKey),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...index.includes],
    });
  }
  return { definition, table };
}

/** Returns the resource that IAM checks for an action: queries use the index where there is one. */
export function tableArn({ definition: { index }, table }: ResourceTable, action: string): string {
  return index && action === 'dynamodb:Query'
    ? `${table.tableArn}/index/${index.name}`
    : table.tableArn;
}

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Returns `KeysTable` for `KEYS_TABLE`. Another logical id would replace the table. */
function logicalId(variable: string): string {
  return variable
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
