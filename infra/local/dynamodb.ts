import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { listenLocally } from './listen.ts';
import { SetupError } from './settings.ts';

export interface Endpoint {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Database extends Endpoint {
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<unknown>;
  /** Ends the process at once, as `kill -9` does. */
  kill(): void;
}

const PACKAGE = `@dynoxide/${process.platform}-${process.arch}`;
const START_MS = 10_000;
const PORT_ATTEMPTS = 3;

/**
 * Kills the database when this process closes its standard input or ends, so that the database does
 * not outlive even a `kill -9`. `exec` replaces the shell, whose process id the database keeps.
 */
const WITH_WATCHDOG =
  'exec 3<&0; (cat <&3 >/dev/null; kill $$) 2>/dev/null & exec "$@" </dev/null 3<&-';

/**
 * Starts the embedded DynamoDB on a free port.
 * @param file where it stores its data; in memory if undefined
 * @throws SetupError when there is no binary for this machine or it does not start
 */
export async function startDynamoDb(file: string | undefined): Promise<Database> {
  const binary = findEmbeddedDynamoDb();
  if (binary === undefined) {
    throw new SetupError(
      `There is no embedded DynamoDB for this machine (${PACKAGE} is not installed). ` +
        'Run DynamoDB Local (docker run -p 8000:8000 amazon/dynamodb-local) or install dynoxide, ' +
        'and set AWS_ENDPOINT_URL_DYNAMODB to its address, as in http://127.0.0.1:8000.',
    );
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(binary, file);
    } catch (error) {
      // Another process may have taken the port since freePort() found it free.
      const lostPort = error instanceof Error && error.message.includes('already in use');
      if (!lostPort || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launch(binary: string, file: string | undefined): Promise<Database> {
  const port = await freePort();
  const args = ['--port', port, ...(file ? ['--db-path', file] : [])];
  const child = spawn('sh', ['-c', WITH_WATCHDOG, 'sh', binary, ...args], {
    // A process group of its own: Ctrl-C must not end the database before the last request is done.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  await started(child);
  return {
    url: `http://127.0.0.1:${port}`,
    ended,
    kill: () => {
      child.kill('SIGKILL');
      // Ends the watchdog, which would wait for this process.
      child.stdin?.end();
    },
    stop: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

/** Returns the path of this machine's binary, or undefined where none is installed. */
export function findEmbeddedDynamoDb(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/dynoxide`);
  } catch {
    return undefined;
  }
}

/** Waits for the line that says the database is listening. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (why: string) => {
      reject(new SetupError(`The embedded DynamoDB did not start: ${printed.trim() || why}.`));
    };
    const timer = setTimeout(() => {
      child.kill();
      fail(`it printed nothing for ${START_MS / 1000} s`);
    }, START_MS);
    const hear = (chunk: Buffer) => {
      printed += chunk.toString();
      if (/listening on/i.test(printed)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`it ended with code ${code}`);
    });
  });
}

/** Returns a port that no other process uses now. */
export async function freePort(): Promise<string> {
  const probe = createServer();
  const { port } = new URL(await listenLocally(probe));
  probe.close();
  return port;
}
