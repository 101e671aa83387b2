import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { captureOutput } from './captured.ts';
import { cleanUp } from './clean-up.ts';
import { ADMIN_TOKEN, type Client, createClient } from './client.ts';
import { connectDependencies } from './dependencies.ts';
import { programOf } from './programs.ts';
import { type FaultProxy, startProxy } from './proxy.ts';

export interface ServerProcess extends Client {
  readonly url: string;
  readonly child: ChildProcess;
  /** Its output up to the line that says it is ready. */
  readonly banner: string;
  /** Sends the signal and waits for the end of the process. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts a proxy before the database that locks the items of a transaction, as DynamoDB does and
 * the embedded database does not. Servers that are started later use it.
 */
export async function startLockingDatabase(): Promise<FaultProxy> {
  const { AWS_ENDPOINT_URL_DYNAMODB } = await connectDependencies();
  const database = await startProxy(AWS_ENDPOINT_URL_DYNAMODB);
  cleanUp(() => database.stop());
  database.mode = 'lock';
  process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
  return database;
}

/** The arguments with which `npm start` runs Node.js. */
export const START_COMMAND = ['--import', 'tsx', 'infra/local/main.ts'];

/** Runs `infra/local/main.ts` in a process of its own until it is ready. */
export async function startServer(
  env: Record<string, string | undefined>,
  command?: string[],
): Promise<ServerProcess> {
  const child = run({ PORT: '0', ADMIN_TOKEN, ...env }, command);
  const ended = once(child, 'close');
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const [code, by] = await ended;
    return { code, signal: by };
  };
  cleanUp(() => stop());
  const { banner, url } = await readUntilReady(child);
  return { ...createClient(url), url, child, banner, stop };
}

/** Runs `infra/local/main.ts` where it must fail, and returns its exit code and output. */
export async function failToStart(env: Record<string, string | undefined>) {
  const child = run({ PORT: '0', DATA_DIR: ':memory:', ...env });
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

function run(
  env: Record<string, string | undefined>,
  command = [programOf('infra/local/main.ts')],
): ChildProcess {
  return spawn(process.execPath, command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Reads the output. The banner shows the admin token on purpose; every later line is log. */
function readUntilReady(child: ChildProcess): Promise<{ banner: string; url: string }> {
  return new Promise((resolve, reject) => {
    let banner = '';
    let ready = false;
    const hear = (line: string) => {
      if (ready) return captureOutput('log line', line);
      banner += `${line}\n`;
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) {
        ready = true;
        resolve({ banner, url });
      }
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', hear);
    }
    child.once('close', () => reject(new Error(`The server ended: ${banner}`)));
  });
}
