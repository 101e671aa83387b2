import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUILD, buildBundles } from '../../infra/bundles.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { createSecrets } from '../../infra/local/provision.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import type { Pepper } from '../../lib/domain/verifiers.ts';
import { ClientProcess } from './client/process.ts';
import { type Progress, showProgress } from './progress.ts';
import { addSpecialKeys, fillTables, tablesOf } from './tables.ts';
import { Worker } from './worker-process.ts';

export interface Extent {
  /** The sizes of the tables, in keys and in ascending order; the first is 1,000. */
  readonly sizes: readonly number[];
  /** Number of keys that one process validates to measure its memory. */
  readonly memoryKeys: number;
  /** Usage reports per second for a key while it is validated. */
  readonly reportsPerSecond: number;
}

/** The running service and the settings that all measurements use. */
export interface Bench extends Extent {
  /** Folder of the bundles. */
  readonly folder: string;
  readonly databaseUrl: string;
  readonly adminToken: string;
  readonly pepper: Pepper;
  /** Starts a process that uses the tables with `size` keys. */
  readonly start: (size: number, env?: Record<string, string>) => Promise<Worker>;
  /** Starts a process that validates keys with the client library. */
  readonly startClient: () => Promise<ClientProcess>;
  readonly progress: Progress;
}

/** Starts a database with filled tables, calls `measure`, and stops all processes. */
export async function withBench<T>(
  extent: Extent,
  measure: (bench: Bench) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const database = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;
  const processes: { stop(): Promise<void> }[] = [];
  try {
    readSettings();
    process.env.DUE_KEYS_TOPIC = 'none';
    const adminToken = await createSecrets(undefined);
    await bundle(folder);
    const progress = showProgress();
    // Imported only now, because the module creates its client when it is loaded.
    const { currentPepper } = await import('../../lib/aws/secrets/pepper.ts');
    const pepper = await currentPepper(new Date());
    for (const size of extent.sizes) await fillTables(size, pepper, progress);
    await addSpecialKeys(1_000, pepper, progress);
    const start: Bench['start'] = async (size, env) => {
      const worker = await Worker.start(folder, adminToken, { ...env, ...tablesOf(size) });
      processes.push(worker);
      return worker;
    };
    const startClient = async () => {
      const client = await ClientProcess.start(folder);
      processes.push(client);
      return client;
    };
    const databaseUrl = database.url;
    return await measure({
      ...extent,
      folder,
      databaseUrl,
      adminToken,
      pepper,
      start,
      startClient,
      progress,
    });
  } finally {
    for (const child of processes) await child.stop();
    await database.stop();
    await secrets.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Express is CommonJS, and calls `require` for the modules of Node.js. */
const WITH_REQUIRE = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);`;

/** Builds the functions as they are deployed, and the other processes in the same way. */
async function bundle(folder: string): Promise<void> {
  await buildBundles(folder, false);
  const entries = { 'sdk-only': 'sdk-only.ts', worker: 'worker.ts', client: 'client/main.ts' };
  for (const [name, file] of Object.entries(entries)) {
    const entryPoints = { index: `test/bench/${file}` };
    const banner = { js: name === 'client' ? WITH_REQUIRE : '' };
    await build({ ...BUILD, entryPoints, banner, outdir: `${folder}/${name}` });
  }
}
