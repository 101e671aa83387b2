import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docsFolder, keyEnvironments, services, VARIABLES } from '../../lib/environment.ts';
import { buildDocs } from '../docs-page/build.ts';
import { assessEveryMinute } from './assess.ts';
import { lockDataDir, makeDataDir } from './data-dir.ts';
import { type Endpoint, startDynamoDb } from './dynamodb.ts';
import { createGateway, loadHandlers } from './gateway.ts';
import { listenLocally } from './listen.ts';
import { createSecrets, createTables } from './provision.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { IN_MEMORY, readSettings, type Settings, SetupError } from './settings.ts';
import { followStream, loadStreamHandler } from './stream.ts';

const PARENT_CHECK_MS = 500;
/** A response takes less: a connection still open after that has sent an incomplete request. */
const LONGEST_ANSWER_MS = 4_000;

/** The steps to take when the service stops, in reverse order. */
const undo: (() => void | Promise<void>)[] = [];

async function start(): Promise<void> {
  const settings = readSettings();
  await Promise.all([startDependencies(settings), provideDocs(settings)]);
  await createTables().catch(noAnswerFrom('AWS_ENDPOINT_URL_DYNAMODB'));
  const adminToken = await createSecrets(settings.adminToken).catch(
    noAnswerFrom('AWS_ENDPOINT_URL_SECRETS_MANAGER'),
  );
  const server = createGateway(await loadHandlers(), () => new Date());
  const url = await listen(server, settings.port);
  undo.push(followStream(await loadStreamHandler()));
  undo.push(await assessEveryMinute(server));
  undo.push(() => close(server));
  console.log(welcome(url, adminToken, settings));
  console.log(`listening on ${url}`);
}

/** Starts the dependencies whose endpoint variables are not set, and sets those variables. */
async function startDependencies({ dataDir }: Settings): Promise<void> {
  const dynamodb = !process.env.AWS_ENDPOINT_URL_DYNAMODB;
  const secrets = !process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER;
  const kept = dataDir !== IN_MEMORY;
  if (kept && (dynamodb || secrets)) makeDataDir(dataDir);
  if (kept && dynamodb) undo.push(await lockDataDir(dataDir));
  const place = (file: string) => (kept ? join(dataDir, file) : undefined);
  if (dynamodb) {
    const database = await startDynamoDb(place('dynamodb.sqlite'));
    process.env.AWS_ENDPOINT_URL_DYNAMODB = use(database);
    database.ended.then(() => {
      if (stopping) return;
      console.error('The embedded DynamoDB has ended unexpectedly.');
      return stop(1);
    });
  }
  if (secrets) {
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = use(
      await startSecretsManager(place('secrets.json')),
    );
  }
}

/** Builds the API reference, unless it is switched off or the tests have built it. */
async function provideDocs({ docs }: Settings): Promise<void> {
  if (!docs) delete process.env[VARIABLES.docsFolder];
  if (!docs || docsFolder()) return;
  const folder = mkdtempSync(join(tmpdir(), 'api-keys-docs-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  await buildDocs(folder);
  process.env[VARIABLES.docsFolder] = folder;
}

function noAnswerFrom(variable: string): (error: Error) => never {
  return (error) => {
    const { [variable]: url } = process.env;
    throw new SetupError(`Cannot use ${variable}, ${url}: ${error.message}.`);
  };
}

function use(endpoint: Endpoint): string {
  undo.push(() => endpoint.stop());
  return endpoint.url;
}

async function listen(server: Server, port: number): Promise<string> {
  try {
    return await listenLocally(server, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken' : `can't be used (${code})`;
    throw new SetupError(`Port ${port} ${why}; set PORT to another, or to 0 for any free one.`);
  }
}

/** Closes the server when the requests in progress have been answered. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), LONGEST_ANSWER_MS).unref();
  await closed;
}

function welcome(url: string, adminToken: string, { dataDir, docs }: Settings): string {
  const keys = `${url}/api/v1/keys`;
  const [service_id] = services();
  const [environment] = keyEnvironments();
  const first = { name: 'first', service_id, environment };
  const auth = `-H 'Authorization: Bearer ${adminToken}'`;
  return `
Hokusai API keys, on this machine. Data: ${dataDir === IN_MEMORY ? 'in memory, gone when stopped' : dataDir}
DynamoDB: ${process.env.AWS_ENDPOINT_URL_DYNAMODB}   Secrets Manager: ${process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER}
Admin token: ${adminToken}${docs ? `\nAPI reference: ${url}/docs` : ''}

Create a key, validate it, list all:
  curl -s ${keys} ${auth} -H 'Content-Type: application/json' -d '${JSON.stringify(first)}'
  curl -s -X POST ${keys}/validate -H 'X-API-Key: <the api_key of the answer>'
  curl -s ${keys} ${auth}

Or with the command for administrators:
  export HOKUSAI_AUTH_URL=${url} HOKUSAI_ADMIN_TOKEN=${adminToken}
  npx hokusai-auth create second --service ${service_id} --environment ${environment}
  npx hokusai-auth list
`;
}

let stopping = false;
async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const step of undo.reverse()) await step();
  if (exitCode === 0) console.log('stopped');
  process.exit(exitCode);
}

// Not `once`: npm and `node --watch` forward the Ctrl-C that the terminal has sent already, and a
// second signal without a handler would kill this process before it has stopped its children.
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
if (process.env.npm_lifecycle_event) {
  // npm sends no signal when it is killed itself, and an orphan would keep the port and the data.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(0), PARENT_CHECK_MS).unref();
}

start().catch(async (error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  await stop(1);
});
