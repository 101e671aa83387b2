import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDocs } from '../../infra/docs-page/build.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { createTables } from '../../infra/local/provision.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { VARIABLES } from '../../lib/environment.ts';
import { ServiceProcess } from './process.ts';
import { RequestLog, type Target } from './target.ts';
import { createTokens } from './tokens.ts';

/** The service in a process of its own, on a database of its own. */
export interface Service extends Target {
  /** Returns the bytes of the heap in use after a garbage collection. */
  heapUsed(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the dependencies and the service. */
export async function startService(): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  const database = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    [VARIABLES.bcryptRounds]: '4',
    // A revocation waits for the leases that were granted before it.
    [VARIABLES.leaseMs]: '300',
    [VARIABLES.docsFolder]: folder,
  });
  readSettings();
  await Promise.all([createTables(), buildDocs(folder)]);
  const tokens = await createTokens();
  const log = new RequestLog();
  let running = await ServiceProcess.start(log);
  return {
    get port() {
      return running.port;
    },
    tokens,
    log,
    issued: new Map(),
    unanswered: 0,
    now: () => new Date(),
    ended: () => running.ended,
    revive: async () => {
      if (running.ended) running = await ServiceProcess.start(log);
    },
    invoke: (name, event) => running.ask({ name, event }),
    heapUsed: async () => Number(await running.ask({ name: 'heap' })),
    stop: async () => {
      running.kill();
      await database.stop();
      await secrets.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
