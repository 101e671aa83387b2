import { createServer } from 'node:http';
import { type Endpoint, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';

/** The environment variable with the URL that returns the addresses of the dependencies. */
const DEPENDENCIES_URL = 'TEST_DEPENDENCIES_URL';
const STARTERS = {
  AWS_ENDPOINT_URL_DYNAMODB: startDynamoDb,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: startSecretsManager,
};
type Addresses = Record<keyof typeof STARTERS, string>;

/**
 * Serves the addresses of one DynamoDB and one Secrets Manager to all test files. Uses an address
 * that the environment gives; starts the dependency otherwise, but only when the first file asks
 * for it, because pure tests need neither.
 */
export async function serveDependencies(): Promise<Endpoint> {
  const started: Endpoint[] = [];
  let starting: Promise<Addresses> | undefined;
  const start = async () => {
    const addresses = Object.entries(STARTERS).map(async ([variable, startEndpoint]) => {
      const { [variable]: given } = process.env;
      if (given) return [variable, given];
      const endpoint = await startEndpoint(undefined);
      started.push(endpoint);
      return [variable, endpoint.url];
    });
    return Object.fromEntries(await Promise.all(addresses));
  };
  const server = createServer(async (_, response) => {
    try {
      starting ??= start();
      response.end(JSON.stringify(await starting));
    } catch (error) {
      response.writeHead(500).end((error as Error).message);
    }
  });
  const url = await listenLocally(server);
  process.env[DEPENDENCIES_URL] = url;
  return {
    url,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.all(started.map((endpoint) => endpoint.stop()));
    },
  };
}

let connected: Addresses | undefined;

/** Points the SDK to the dependencies, in this process and in those that the file starts. */
export async function connectDependencies(): Promise<Addresses> {
  const response = await fetch(process.env[DEPENDENCIES_URL] ?? '');
  if (!response.ok) throw new Error(await response.text());
  connected = (await response.json()) as Addresses;
  Object.assign(process.env, connected);
  return connected;
}

/** Returns the database's address, or undefined where the file has not asked for it. */
export function connectedDatabase(): string | undefined {
  return connected?.AWS_ENDPOINT_URL_DYNAMODB;
}
