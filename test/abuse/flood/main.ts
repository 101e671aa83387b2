import { parseArgs } from 'node:util';
import { startDynamoDb } from '../../../infra/local/dynamodb.ts';
import { createSecrets, createTables } from '../../../infra/local/provision.ts';
import { startSecretsManager } from '../../../infra/local/secrets-manager.ts';
import { readSettings } from '../../../infra/local/settings.ts';
import { markdownTable } from '../../bench/report/table.ts';
import { round } from '../../bench/statistics.ts';
import { startProxy } from '../../support/proxy.ts';
import type { Attack } from '../attack.ts';
import { ATTACKS } from '../attacks.ts';
import { OPEN_ATTACKS } from '../open-attacks.ts';
import { type Measured, measureAttack } from './measure.ts';

const ALL = [...ATTACKS, ...OPEN_ATTACKS];
const HELP = `npm run flood -- [options]

Attacks a service process on this machine with each of the attacks of docs/abuse.md, and compares the
requests to DynamoDB and Secrets Manager, and the growth of its memory, with their bounds. Meanwhile
a bystander validates a key of its own.
  --attack NAME  only this attack; may be repeated. Their names are on that page
  --requests N   the requests of each attack, which ends after two minutes even so (default: 30000,
                 three times what a cache holds)
  --help         prints this text

Exit code: 0 when no bound was exceeded, 1 when one was, 2 on an error.
`;

interface Options {
  readonly attacks: readonly Attack[];
  readonly requests: number;
}

/** @throws Error naming the argument that is wrong */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      attack: { type: 'string', multiple: true, default: ALL.map(({ id }) => id) },
      requests: { type: 'string', default: '30000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.attack.find((name) => !ALL.some(({ id }) => id === name));
  if (unknown !== undefined) {
    throw new Error(`--attack takes one of ${ALL.map(({ id }) => id).join(', ')}; not ${unknown}`);
  }
  const requests = Number(values.requests);
  if (!Number.isInteger(requests) || requests < 1) {
    throw new Error('--requests takes a whole number from 1 on');
  }
  return { attacks: ALL.filter(({ id }) => values.attack.includes(id)), requests };
}

/** @returns whether no bound was exceeded */
async function flood({ attacks, requests }: Options): Promise<boolean> {
  readSettings();
  const database = await startDynamoDb(undefined);
  const manager = await startSecretsManager(undefined);
  const [dynamodb, secrets] = [await startProxy(database.url), await startProxy(manager.url)];
  try {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = manager.url;
    await createTables();
    const token = await createSecrets(undefined);
    const results: Measured[] = [];
    for (const [i, attack] of attacks.entries()) {
      console.error(`${i + 1}/${attacks.length} ${attack.sent}`);
      results.push(await measureAttack(attack, requests, { dynamodb, secrets, token }));
    }
    console.log(renderResults(results));
    for (const { id, faults } of results) {
      if (faults.length > 0) console.error(`${id} exceeded: ${faults.join('; ')}`);
    }
    return results.every(({ faults }) => faults.length === 0);
  } finally {
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
