import { VARIABLES } from '../../lib/environment.ts';
import { deployedOf } from '../costs/deployed.ts';
import { type LogBytes, measureLogBytes } from '../costs/log-bytes.ts';
import { readMeasurements } from '../costs/measurements.ts';
import { COSTS_PAGE, PRODUCTION } from '../costs/page.ts';
import { costTables } from '../costs/tables.ts';
import { startDynamoDb } from '../local/dynamodb.ts';
import { createGateway, loadHandlers } from '../local/gateway.ts';
import { listenLocally } from '../local/listen.ts';
import { createSecrets, createTables } from '../local/provision.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { readSettings } from '../local/settings.ts';
import { printTables } from './print-tables.ts';

const HELP = `npm run costs -- [--write]

Computes the tables of docs/costs.md and prints them.
  --write  replaces them in docs/costs.md
  --help   prints this text

They are computed from the settings of a production stage (infra/stage-defaults.ts, through its
template), the benchmark's results (docs/benchmarks.json), the log lines of real calls and the
prices in infra/costs/prices.ts.
`;

async function computeTables(): Promise<Record<string, string>> {
  return costTables({
    deployed: deployedOf(PRODUCTION),
    measured: readMeasurements(),
    logs: await logsOfOwnService(),
  });
}

/** Starts a database and a Secrets Manager, and measures the log lines of calls that use them. */
async function logsOfOwnService(): Promise<LogBytes> {
  const database = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;
  // The name is in every line with metrics.
  process.env[VARIABLES.stackName] = 'hokusai-api-keys-production';
  try {
    readSettings();
    await createTables();
    const adminToken = await createSecrets(undefined);
    const server = createGateway(await loadHandlers(), () => new Date());
    const url = await listenLocally(server);
    return await measureLogBytes(url, adminToken).finally(() => server.close());
  } finally {
    await database.stop();
    await secrets.stop();
  }
}

await printTables(HELP, COSTS_PAGE, 'costs', computeTables);
