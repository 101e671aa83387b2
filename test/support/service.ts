import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, expect } from '@jest/globals';
import { createGateway, loadHandlers } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { createSecrets, createTables } from '../../infra/local/provision.ts';
import { createStreamReader, loadStreamHandler } from '../../infra/local/stream.ts';
import type { Item } from '../../lib/aws/dynamodb/item.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { cleanUp } from './clean-up.ts';
import { ADMIN_TOKEN, createClient } from './client.ts';
import { connectDependencies } from './dependencies.ts';
import { FIXED_HEADERS } from './headers.ts';
import { startProxy } from './proxy.ts';

/** The clock's time at the start: half past, so that no test crosses the end of an hour. */
export const NOW = new Date('2026-11-23T18:30:00.000Z');

/** The headers that every answer has. */
export const COMMON_HEADERS = {
  ...FIXED_HEADERS,
  'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  'content-length': expect.stringMatching(/^\d+$/),
  connection: expect.anything(),
  'keep-alive': expect.anything(),
  date: expect.anything(),
};

/** Returns the headers of every function's result, as the function spells them. */
export const resultHeaders = (requestId: string) => ({
  'Content-Type': 'application/json',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Strict-Transport-Security': 'max-age=31536000',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Cache-Control': 'no-store',
  'X-Request-Id': requestId,
});

/** The headers of every error, whose body is problem details. */
const PROBLEM_HEADERS = { ...COMMON_HEADERS, 'content-type': 'application/problem+json' };

/** Returns the whole answer to a request that fails. */
export function problem(status: number, title: string, detail: unknown, more: object = {}) {
  return {
    status,
    headers: {
      ...PROBLEM_HEADERS,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 503 && { 'retry-after': '1' }),
    },
    body: { type: 'about:blank', title, status, detail, ...more },
  };
}

export const notAuthenticated = problem(401, 'Unauthorized', 'Not authenticated');
export const invalid = problem(401, 'Unauthorized', 'Invalid authentication credentials');

/**
 * Starts the service in this process behind its gateway, with tables and secrets of its own and a
 * clock that only the test moves. Proxies record its requests to the dependencies and cause faults.
 */
async function startService() {
  const addresses = await connectDependencies();
  await createTables();
  await createSecrets(ADMIN_TOKEN);
  const direct = new DynamoDBClient();
  const dynamodb = await startProxy(addresses.AWS_ENDPOINT_URL_DYNAMODB);
  const secrets = await startProxy(addresses.AWS_ENDPOINT_URL_SECRETS_MANAGER);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = dynamodb.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;

  const clock = { now: NOW };
  const server = createGateway(await loadHandlers(), () => clock.now);
  const url = await listenLocally(server);
  const client = createClient(url);
  const stream = createStreamReader(await loadStreamHandler());
  const drain = async () => {
    while ((await stream.poll()) > 0);
  };
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
    stream.stop();
    dynamodb.stop();
    secrets.stop();
    direct.destroy();
  });
  const key = (keyId: string) => ({
    TableName: requireEnv(VARIABLES.keysTable),
    Key: { key_id: { S: keyId } },
  });

  return {
    ...client,
    url,
    clock,
    dynamodb,
    secrets,
    /** Returns the stored item of a key. */
    item: async (keyId: string) => {
      const { Item } = await direct.send(
        new GetItemCommand({ ...key(keyId), ConsistentRead: true }),
      );
      return Item && unmarshall(Item);
    },
    /** Adds the new log entries to the totals. */
    drain,
    /** Reads statistics, a bill or totals when all log entries have been added. */
    usage: async (path: string) => {
      await drain();
      return client.call('GET', `/api/v1/usage${path}`);
    },
    /** Writes an item to the usage table, without the service. */
    putUsage: (item: object) =>
      direct.send(
        new PutItemCommand({
          TableName: requireEnv(VARIABLES.usageTable),
          Item: marshall(item),
        }),
      ),
    /** Deletes an item of the usage table, without the service. */
    removeUsage: ({ pk, sk }: Record<string, unknown>) =>
      direct.send(
        new DeleteItemCommand({
          TableName: requireEnv(VARIABLES.usageTable),
          Key: marshall({ pk, sk }),
        }),
      ),
    /** Returns the items of a partition of the usage table. */
    usageItems: async (partition: string) => {
      const { Items = [] } = await direct.send(
        new QueryCommand({
          TableName: requireEnv(VARIABLES.usageTable),
          KeyConditionExpression: 'pk = :key',
          ExpressionAttributeValues: { ':key': { S: partition } },
        }),
      );
      return Items.map((item) => unmarshall(item));
    },
    /** Returns the entries of a key's audit trail as the API shows them, newest first. */
    trail: async (keyId: string) =>
      (await client.call('GET', `/api/v1/keys/${keyId}/audit`)).body.entries,
    /** Returns the stored audit entries of a key, oldest first. */
    auditEntries: async (keyId: string) => {
      const { Items = [] } = await direct.send(
        new QueryCommand({
          TableName: requireEnv(VARIABLES.auditTable),
          KeyConditionExpression: 'key_id = :key',
          ExpressionAttributeValues: { ':key': { S: keyId } },
        }),
      );
      return Items;
    },
    /** Writes audit entries, without the service. */
    putAudit: async (...items: Item[]) => {
      const TableName = requireEnv(VARIABLES.auditTable);
      for (const Item of items) await direct.send(new PutItemCommand({ TableName, Item }));
    },
    /** Deletes an audit entry, without the service. */
    removeAudit: ({ key_id, at }: Item) =>
      direct.send(
        new DeleteItemCommand({
          TableName: requireEnv(VARIABLES.auditTable),
          Key: { key_id: key_id as AttributeValue, at: at as AttributeValue },
        }),
      ),
    /** Sets an attribute of a key's item, without the service, as a new version. */
    alter: (keyId: string, attribute: string, value: unknown) =>
      direct.send(
        new UpdateItemCommand({
          ...key(keyId),
          UpdateExpression: 'SET #name = :value ADD version :one',
          ExpressionAttributeNames: { '#name': attribute },
          ExpressionAttributeValues: marshall({ ':value': value, ':one': 1 }),
        }),
      ),
    /** Adds to a counter of a key's item, as another process does. */
    addTo: (keyId: string, counter: string, count: number) =>
      direct.send(
        new UpdateItemCommand({
          ...key(keyId),
          UpdateExpression: 'ADD #counter :count',
          ExpressionAttributeNames: { '#counter': counter },
          ExpressionAttributeValues: marshall({ ':count': count }),
        }),
      ),
    /** Deletes a key's item, without the service, and returns it. */
    remove: async (keyId: string) => {
      const { Attributes = {} } = await direct.send(
        new DeleteItemCommand({ ...key(keyId), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes;
    },
    /** Writes items of keys, without the service. */
    put: async (...items: Item[]) => {
      const table = requireEnv(VARIABLES.keysTable);
      while (items.length > 0) {
        const requests = items.splice(0, 25).map((item) => ({ PutRequest: { Item: item } }));
        await direct.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      }
    },
  };
}

/** Starts the service before the first test of the file and stops it after the last. */
export function useService() {
  const service = {} as Awaited<ReturnType<typeof startService>>;
  beforeAll(async () => {
    Object.assign(service, await startService());
  });
  return service;
}
