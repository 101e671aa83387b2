import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Failed, Measured, RunTask, Started, Task } from './task.ts';

/** Controls a child process that calls the bundles and measures itself. */
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
      // Each request writes a log line, as on Lambda; the lines are discarded.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await once(child, 'message');
    return new Worker(child);
  }

  run(task: Omit<RunTask, 'kind'>): Promise<Measured> {
    return this.perform<Measured>({ kind: 'run', ...task });
  }

  /** Returns the address of a gateway in front of the bundles. */
  async serve(): Promise<string> {
    const { url } = await this.perform<Started>({ kind: 'serve' });
    return url;
  }

  /** Returns the address of a proxy that refuses writes in conflict with a transaction. */
  async startLockingProxy(target: string): Promise<string> {
    const { url } = await this.perform<Started>({ kind: 'locking-proxy', target });
    return url;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }

  private async perform<T extends Measured | Started>(task: Task): Promise<T> {
    this.child.send(task);
    const [reply]: [T | Failed] = (await once(this.child, 'message')) as [T | Failed];
    if ('error' in reply) throw new Error(reply.error);
    return reply;
  }
}
