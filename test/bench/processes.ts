import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Measured, Task } from './worker.ts';

/** A process that runs the bundles and measures itself. */
export class Worker {
  private constructor(private readonly child: ChildProcess) {}

  static async start(
    bundles: string,
    adminToken: string,
    env: Record<string, string> = {},
  ): Promise<Worker> {
    const child = fork(`${bundles}/worker/index.mjs`, [bundles, adminToken], {
      env: { ...process.env, ...env },
      execArgv: [],
      // A log line is written for each request, as on Lambda, but nobody reads it.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await once(child, 'message');
    return new Worker(child);
  }

  async do(task: Task): Promise<Measured> {
    this.child.send(task);
    const [answer] = await once(this.child, 'message');
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

/** How many milliseconds a fresh process takes to load a bundle. */
export async function loadTime(file: string): Promise<number> {
  const script = `const t=performance.now();await import(${JSON.stringify(file)});console.log(performance.now()-t)`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  return Number(stdout);
}
