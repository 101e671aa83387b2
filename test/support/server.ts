import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { captureOutput } from './capture-dir.ts';
import { ADMIN_TOKEN, type Client, createClient } from './client.ts';

export interface ServerProcess extends Client {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it printed before it was ready. */
  readonly banner: string;
  /** Ends it and waits until it has ended. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Runs `infra/local/main.ts` in a process of its own until it is ready. */
export async function startServer(env: Record<string, string | undefined>): Promise<ServerProcess> {
  const child = run({ PORT: '0', ADMIN_TOKEN, ...env });
  const ended = once(child, 'exit');
  const { banner, url } = await readUntilReady(child);
  return {
    ...createClient(url),
    url,
    child,
    banner,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const [code, by] = await ended;
      return { code, signal: by };
    },
  };
}

/** Runs it where it is expected to fail; returns what it said. */
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

function run(env: Record<string, string | undefined>): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'infra/local/main.ts'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What comes before the ready line shows the admin token on purpose; all after it is log. */
function readUntilReady(child: ChildProcess): Promise<{ banner: string; url: string }> {
  return new Promise((resolve, reject) => {
    let banner = '';
    let ready = false;
    const hear = (chunk: Buffer) => {
      if (ready) return captureOutput(chunk.toString());
      banner += chunk;
      const url = /^listening on (\S+)$/m.exec(banner)?.[1];
      if (url) {
        ready = true;
        resolve({ banner, url });
      }
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => reject(new Error(`The server ended: ${banner}`)));
  });
}
