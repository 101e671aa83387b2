import { randomBytes } from 'node:crypto';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type Projection,
  ResourceInUseException,
  type StreamSpecification,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { type IndexDefinition, type TableDefinition, tables } from '../../lib/tables.ts';

/** The reader of the stream needs the new log entries only. */
const STREAM: StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' };

const requestHandler = {
  connectionTimeout: 1000,
  requestTimeout: 5000,
  throwOnRequestTimeout: true,
};

/** Creates the tables that don't exist, as the stack does. */
export async function createTables(): Promise<void> {
  const client = new DynamoDBClient({ requestHandler });
  await Promise.all(tables.map((table) => createTable(client, table)));
  client.destroy();
}

async function createTable(client: DynamoDBClient, table: TableDefinition): Promise<void> {
  const { partitionKey, sortKey, indexes = [], timeToLive, stream } = table;
  const TableName = requireEnv(table.variable);
  const keys = [table, ...indexes].flatMap((of) => [of.partitionKey, of.sortKey]);
  const attributes = new Set(keys.filter((name) => name !== undefined));
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...attributes].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        KeySchema: keySchema(partitionKey, sortKey),
        StreamSpecification: stream && STREAM,
        GlobalSecondaryIndexes: indexes.length > 0 ? indexes.map(toIndex) : undefined,
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  if (timeToLive) await enableTimeToLive(client, TableName, timeToLive);
  if (stream) await enableStream(client, TableName);
}

/** Enables the stream of a table that an earlier version has created without one. */
async function enableStream(client: DynamoDBClient, TableName: string): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  if (Table?.StreamSpecification?.StreamEnabled) return;
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: STREAM }));
}

async function enableTimeToLive(client: DynamoDBClient, TableName: string, AttributeName: string) {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  const TimeToLiveSpecification = { AttributeName, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

function toIndex({ name, partitionKey, sortKey, includes }: IndexDefinition) {
  const Projection: Projection =
    includes === 'ALL'
      ? { ProjectionType: 'ALL' }
      : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...includes] };
  return { IndexName: name, KeySchema: keySchema(partitionKey, sortKey), Projection };
}

function keySchema(partitionKey: string, sortKey: string | undefined) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    ...(sortKey ? [{ AttributeName: sortKey, KeyType: 'RANGE' as const }] : []),
  ];
}

/**
 * Creates the secrets that don't exist: random values, and no named tokens.
 * @param adminToken replaces the admin token, if given
 * @returns the admin token
 */
export async function createSecrets(adminToken: string | undefined): Promise<string> {
  const client = new SecretsManagerClient({ requestHandler });
  await createSecret(client, requireEnv(VARIABLES.pepperSecret), randomSecret());
  await createSecret(client, requireEnv(VARIABLES.namedTokensSecret), '{}');
  const SecretId = requireEnv(VARIABLES.adminTokenSecret);
  await createSecret(client, SecretId, adminToken ?? randomSecret());
  const { SecretString: current = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  if (adminToken && adminToken !== current) {
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: adminToken }));
  }
  client.destroy();
  return adminToken ?? current;
}

async function createSecret(
  client: SecretsManagerClient,
  Name: string,
  SecretString: string,
): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
  }
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
