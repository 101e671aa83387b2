import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildDocs } from '../../infra/docs-page/build.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { createTables } from '../../infra/local/provision.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { VARIABLES } from '../../lib/environment.ts';
import { Finding } from './finding.ts';
import type { Question } from './service-process.ts';
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
  let running = await startProcess(log);
  const ask = async (question: Omit<Question, 'id'> & object) => {
    if (running.hasEnded()) running = await startProcess(log);
    return running.ask(question as never);
  };
  return {
    get port() {
      return running.port;
    },
    tokens,
    log,
    issued: new Map(),
    unanswered: 0,
    now: () => new Date(),
    invoke: (name, event) => ask({ name, event } as never),
    heapUsed: async () => Number(await ask({ name: 'heap' } as never)),
    stop: async () => {
      running.child.kill();
      await database.stop();
      await secrets.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function startProcess(log: RequestLog) {
  const child = fork('test/fuzz/service-process.ts', {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    silent: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => log.add(line));
  }
  const waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  let ended: string | undefined;
  child.once('exit', (code, signal) => {
    ended = `the service ended with ${signal ?? `code ${code}`}`;
    for (const answer of waiting.values()) answer({ error: ended });
  });
  const port = await readyPort(child);
  child.on('message', ({ id, ...answer }: { id: number }) => waiting.get(id)?.(answer));
  let lastId = 0;
  return {
    child,
    port,
    hasEnded: () => ended !== undefined,
    ask: (question: Question): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        const timer = setTimeout(() => finish({ error: 'no answer within 4 s' }), 4_000);
        const finish = ({ result, error }: { result?: unknown; error?: string }) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (error === undefined) resolve(result);
          else reject(new Finding(error));
        };
        waiting.set(id, finish);
        child.send({ ...question, id });
      }),
  };
}

async function readyPort(child: ChildProcess): Promise<number> {
  const [{ port }] = await once(child, 'message');
  return port;
}
