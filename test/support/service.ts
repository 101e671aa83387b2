import {
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
import { startProxy } from './proxy.ts';

/** Half past: neither the start nor the end of an hour, whenever the suite runs. */
export const NOW = new Date('2026-11-23T18:30:00.000Z');

/** What every answer carries beside what is particular to it. */
export const COMMON_HEADERS = {
  'content-type': 'application/json',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'strict-transport-security': 'max-age=31536000',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cache-control': 'no-store',
  'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  'content-length': expect.stringMatching(/^\d+$/),
  connection: expect.anything(),
  'keep-alive': expect.anything(),
  date: expect.anything(),
};

/** The headers of every result that a function returns, as it spells them. */
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

/** The common headers of an error, which is problem details. */
const PROBLEM_HEADERS = { ...COMMON_HEADERS, 'content-type': 'application/problem+json' };

/** The whole answer to a request that failed. */
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

/**
 * The service in this process behind its gateway, with tables and secrets of its own and a clock
 * that stands still until it is set. Proxies count and break what it sends to its dependencies.
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
    /** The key's item as it is stored. */
    item: async (keyId: string) => {
      const { Item } = await direct.send(
        new GetItemCommand({ ...key(keyId), ConsistentRead: true }),
      );
      return Item && unmarshall(Item);
    },
    /** Lets the totals catch up with the log. */
    drain,
    /** Reads statistics, a bill or totals once they have caught up with the log. */
    usage: async (path: string) => {
      await drain();
      return client.call('GET', `/api/v1/usage${path}`);
    },
    /** Writes to the usage table past the service. */
    putUsage: (item: object) =>
      direct.send(
        new PutItemCommand({
          TableName: requireEnv(VARIABLES.usageTable),
          Item: marshall(item),
        }),
      ),
    /** What the usage table has in a partition. */
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
    /** The audit entries of a key, oldest first. */
    auditEntries: async (keyId: string) => {
      const { Items = [] } = await direct.send(
        new QueryCommand({
          TableName: requireEnv(VARIABLES.auditTable),
          KeyConditionExpression: 'key_id = :key',
          ExpressionAttributeValues: { ':key': { S: keyId } },
        }),
      );
      return Items.map((item) => unmarshall(item));
    },
    /** Sets one attribute of a key behind the service's back, as a new version of it. */
    alter: (keyId: string, attribute: string, value: unknown) =>
      direct.send(
        new UpdateItemCommand({
          ...key(keyId),
          UpdateExpression: 'SET #name = :value ADD version :one',
          ExpressionAttributeNames: { '#name': attribute },
          ExpressionAttributeValues: marshall({ ':value': value, ':one': 1 }),
        }),
      ),
    /** Deletes a key's item behind the service's back, and returns it. */
    remove: async (keyId: string) => {
      const { Attributes = {} } = await direct.send(
        new DeleteItemCommand({ ...key(keyId), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes;
    },
    /** Puts items of keys into the table behind the service's back. */
    put: async (...items: Item[]) => {
      const table = requireEnv(VARIABLES.keysTable);
      while (items.length > 0) {
        const requests = items.splice(0, 25).map((item) => ({ PutRequest: { Item: item } }));
        await direct.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      }
    },
  };
}

/** The service for all tests of a file: started before the first, stopped after the last. */
export function useService() {
  const service = {} as Awaited<ReturnType<typeof startService>>;
  beforeAll(async () => {
    Object.assign(service, await startService());
  });
  return service;
}
