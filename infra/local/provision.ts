import { randomBytes } from 'node:crypto';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
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
import { type TableDefinition, tables } from '../../lib/tables.ts';
import { attributesOf, keySchema, toIndex, updateIndexes } from './indexes.ts';

/** The reader of the stream needs the new log entries only. */
const STREAM: StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' };

const requestHandler = {
  connectionTimeout: 1000,
  requestTimeout: 5000,
  throwOnRequestTimeout: true,
};

/** Creates the tables that don't exist, as the stack does, and updates those of earlier versions. */
export async function createTables(): Promise<void> {
  const client = new DynamoDBClient({ requestHandler });
  await Promise.all(tables.map((table) => createTable(client, table)));
  client.destroy();
}

async function createTable(client: DynamoDBClient, table: TableDefinition): Promise<void> {
  const { indexes = [], timeToLive, stream } = table;
  const TableName = requireEnv(table.variable);
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: attributesOf(table, ...indexes),
        KeySchema: keySchema(table),
        StreamSpecification: stream && STREAM,
        GlobalSecondaryIndexes: indexes.length > 0 ? indexes.map(toIndex) : undefined,
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  if (timeToLive) await enableTimeToLive(client, TableName, timeToLive);
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName }));
  if (stream && !Table.StreamSpecification?.StreamEnabled) {
    await client.send(new UpdateTableCommand({ TableName, StreamSpecification: STREAM }));
  }
  await updateIndexes(client, Table, indexes);
}

async function enableTimeToLive(client: DynamoDBClient, TableName: string, AttributeName: string) {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  const TimeToLiveSpecification = { AttributeName, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
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
