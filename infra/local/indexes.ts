import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  type GlobalSecondaryIndexUpdate,
  type Projection,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { IndexDefinition } from '../../lib/tables.ts';

const POLL_MS = 200;

interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

/** Describes the keys of a table and its indexes. */
export function attributesOf(...of: readonly Keys[]) {
  const keys = of.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey ?? partitionKey]);
  return [...new Set(keys)].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  }));
}

export function keySchema({ partitionKey, sortKey }: Keys) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    ...(sortKey ? [{ AttributeName: sortKey, KeyType: 'RANGE' as const }] : []),
  ];
}

export function toIndex(index: IndexDefinition) {
  const Projection: Projection =
    index.includes === 'ALL'
      ? { ProjectionType: 'ALL' }
      : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.includes] };
  return { IndexName: index.name, KeySchema: keySchema(index), Projection };
}

/**
 * Creates the indexes that a table of an earlier version lacks. An index that projects too little is
 * created again, because DynamoDB changes no projection.
 */
export async function updateIndexes(
  client: DynamoDBClient,
  { TableName, GlobalSecondaryIndexes = [] }: TableDescription,
  indexes: readonly IndexDefinition[],
): Promise<void> {
  for (const index of indexes) {
    const existing = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === index.name);
    if (existing && projectsEnough(existing, index)) continue;
    if (existing) await updateIndex(client, TableName, { Delete: { IndexName: index.name } });
    await updateIndex(client, TableName, { Create: toIndex(index) }, attributesOf(index));
  }
}

function projectsEnough(
  { Projection }: GlobalSecondaryIndexDescription,
  { includes }: IndexDefinition,
): boolean {
  const projected = Projection?.NonKeyAttributes ?? [];
  return includes === 'ALL'
    ? Projection?.ProjectionType === 'ALL'
    : includes.every((name) => projected.includes(name));
}

/** Changes one index and waits until that is done, because DynamoDB changes one at a time. */
async function updateIndex(
  client: DynamoDBClient,
  TableName: string | undefined,
  change: GlobalSecondaryIndexUpdate,
  AttributeDefinitions?: ReturnType<typeof attributesOf>,
): Promise<void> {
  const GlobalSecondaryIndexUpdates = [change];
  await client.send(
    new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }),
  );
  while (!(await isSettled(client, TableName))) await delay(POLL_MS);
}

async function isSettled(client: DynamoDBClient, TableName: string | undefined): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return (
    Table?.TableStatus === 'ACTIVE' &&
    (Table.GlobalSecondaryIndexes ?? []).every(({ IndexStatus }) => IndexStatus === 'ACTIVE')
  );
}
