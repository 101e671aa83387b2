import { startDynamoDb } from '../../../infra/local/dynamodb.ts';
import { createSecrets, createTables } from '../../../infra/local/provision.ts';
import { startSecretsManager } from '../../../infra/local/secrets-manager.ts';
import { readSettings } from '../../../infra/local/settings.ts';
import { markdownTable } from '../../bench/report/table.ts';
import { round } from '../../bench/statistics.ts';
import { startProxy } from '../../support/proxy.ts';
import { type Measured, measureAttack } from './measure.ts';
import { HELP, type Options, readOptions } from './options.ts';

/** @returns whether no bound was exceeded */
async function flood({ attacks, requests }: Options): Promise<boolean> {
  readSettings();
  const results: Measured[] = [];
  const database = await startDynamoDb(undefined);
  const manager = await startSecretsManager(undefined);
  const [dynamodb, secrets] = [await startProxy(database.url), await startProxy(manager.url)];
  try {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = manager.url;
    await createTables();
    const token = await createSecrets(undefined);
    for (const [i, attack] of attacks.entries()) {
      console.error(`${i + 1}/${attacks.length} ${attack.sent}`);
      results.push(await measureAttack(attack, requests, { dynamodb, secrets, token }));
    }
    for (const { id, faults } of results) {
      if (faults.length > 0) console.error(`${id} exceeded: ${faults.join('; ')}`);
    }
    return results.every(({ faults }) => faults.length === 0);
  } finally {
    // Also those before an error.
    console.log(renderResults(results));
    for (const part of [dynamodb, secrets, manager, database]) await part.stop();
  }
}

function renderResults(results: readonly Measured[]): string {
  return markdownTable<Measured>(
    {
      Attack: ({ id }) => id,
      Answers: ({ statuses }) =>
        Object.entries(statuses)
          .map(([status, count]) => `${count} × ${status}`)
          .join(', '),
      Seconds: ({ seconds }) => round(seconds, 1),
      'DynamoDB (at most)': ({ dynamodb: { calls, most } }) => `${calls} (${most})`,
      'Secrets Manager (at most)': ({ secrets: { calls, most } }) => `${calls} (${most})`,
      'Heap, MB': ({ heapMb: [before, after] }) => `${round(before, 1)} → ${round(after, 1)}`,
      'Bystander, ms: p50, p99': ({ bystanderMs: [p50, p99] }) =>
        `${round(p50, 1)}, ${round(p99, 1)}`,
    },
    results,
  );
}

try {
  const options = readOptions(process.argv.slice(2));
  if (!options) console.log(HELP);
  else process.exitCode = (await flood(options)) ? 0 : 1;
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
