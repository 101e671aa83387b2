import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { BUILD, buildBundles } from '../../infra/bundles.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { createSecrets } from '../../infra/local/provision.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { measureLoad } from './load.ts';
import {
  type Bench,
  measureColdStarts,
  measureFloor,
  measureGrowth,
  measureHttp,
  measureMemory,
  measureOperations,
} from './measure.ts';
import { Worker } from './processes.ts';
import { showProgress } from './progress.ts';
import { report } from './report.ts';
import { measureRevocation } from './revocation.ts';
import { addSpecialKeys, fillTables, tablesOf } from './tables.ts';

const HELP = `npm run bench -- [--large] [--reports NUMBER] [--json FILE]

Measures on this machine what every operation of the service costs and how that grows.
  --large      also with 1,000,000 keys, each of them validated once: half an hour more
  --reports N  reports a second for a key that is validated meanwhile (default: 250, what two processors take)
  --json FILE  where the raw numbers go (default: bench.json)
`;

interface Options {
  readonly large: boolean;
  readonly reports: string;
  readonly json: string;
}

async function run({ large, reports, json }: Options): Promise<void> {
  const reportsPerSecond = Number(reports);
  if (!(reportsPerSecond > 0)) throw new Error('--reports takes a number above 0.');
  const sizes = large ? [1_000, 100_000, 1_000_000] : [1_000, 100_000];
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const database = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;
  const workers: Worker[] = [];
  try {
    readSettings();
    process.env.ALERTS_TOPIC = 'none';
    const adminToken = await createSecrets(undefined);
    await buildBundles(folder, false);
    for (const name of ['bare', 'worker']) {
      const entryPoints = { index: `test/bench/${name}.ts` };
      await build({ ...BUILD, entryPoints, outdir: `${folder}/${name}` });
    }
    const progress = showProgress();
    // Not before the settings are there: it makes its client as it loads.
    const { currentPepper } = await import('../../lib/aws/secrets/pepper.ts');
    const pepper = await currentPepper(new Date());
    for (const size of sizes) await fillTables(size, pepper, progress);
    await addSpecialKeys(1_000, pepper, progress);
    const start = async (size: number, env: Record<string, string> = {}) => {
      const worker = await Worker.start(folder, adminToken, { ...env, ...tablesOf(size) });
      workers.push(worker);
      return worker;
    };
    const databaseUrl = database.url;
    const bench = {
      sizes,
      large,
      reportsPerSecond,
      folder,
      databaseUrl,
      adminToken,
      pepper,
      start,
      progress,
    };
    const results = await measure(bench);
    writeFileSync(json, `${JSON.stringify(results, undefined, 1)}\n`);
    console.log(report(results));
    console.error(`The raw numbers are in ${json}.`);
  } finally {
    for (const worker of workers) await worker.stop();
    await database.stop();
    await secrets.stop();
    rmSync(folder, { recursive: true });
  }
}

export type Results = Awaited<ReturnType<typeof measure>>;

async function measure(bench: Bench) {
  return {
    machine: machine(),
    coldStart: await measureColdStarts(bench),
    operations: await measureOperations(bench),
    floor: await measureFloor(bench),
    growth: await measureGrowth(bench),
    load: await measureLoad(bench),
    revocation: await measureRevocation(bench),
    http: await measureHttp(bench),
    memory: await measureMemory(bench),
  };
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpus()[0]?.model}, ${memory} GB, Node ${process.versions.node}`;
}

function readOptions(): Options & { readonly help: boolean } {
  const { values } = parseArgs({
    options: {
      large: { type: 'boolean', default: false },
      reports: { type: 'string', default: '250' },
      json: { type: 'string', default: 'bench.json' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

try {
  const options = readOptions();
  if (options.help) console.log(HELP);
  else await run(options);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 1;
}
