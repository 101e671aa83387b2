import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { type IndexDefinition, type TableDefinition, tables } from '../lib/tables.ts';
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
  const { variable, partitionKey, sortKey, indexes = [], timeToLive, stream } = definition;
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
  const left = leftOut(scope);
  for (const index of indexes.filter(({ name }) => !left.includes(name))) addIndex(table, index);
  return { definition, table };
}

/**
 * Returns the indexes to leave out, from the context `withoutIndexes`. CloudFormation creates or
 * deletes one index of a table per deployment, so an upgrade that adds several takes several.
 */
function leftOut(scope: Construct): string[] {
  const context: string = scope.node.tryGetContext('withoutIndexes') ?? '';
  const names = context.split(',').filter(Boolean);
  const known = tables.flatMap(({ indexes = [] }) => indexes.map(({ name }) => name));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new Error(`withoutIndexes lists "${unknown}"; it takes ${known.join(', ')}`);
}

function addIndex(table: Table, { name, partitionKey, sortKey, includes }: IndexDefinition): void {
  table.addGlobalSecondaryIndex({
    indexName: name,
    partitionKey: text(partitionKey),
    sortKey: text(sortKey),
    ...(includes === 'ALL'
      ? { projectionType: ProjectionType.ALL }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...includes] }),
  });
}

/** Returns the resource that IAM checks for an access to a table or to one of its indexes. */
export function tableArn({ table }: ResourceTable, index: IndexDefinition | undefined): string {
  return index ? `${table.tableArn}/index/${index.name}` : table.tableArn;
}

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** Returns `KeysTable` for `KEYS_TABLE`. Another logical id would replace the table. */
function logicalId(variable: string): string {
  return variable
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
