import { Child } from './child.ts';
import type { Measured, RunTask, Started, Task } from './task.ts';

/** Controls a child process that calls the bundles and measures itself. */
export class Worker {
  private constructor(private readonly child: Child<Task>) {}

  static async start(
    bundles: string,
    adminToken: string,
    env: Record<string, string> = {},
  ): Promise<Worker> {
    return new Worker(await Child.start(`${bundles}/worker/index.mjs`, [bundles, adminToken], env));
  }

  run(task: Omit<RunTask, 'kind'>): Promise<Measured> {
    return this.child.perform({ kind: 'run', ...task });
  }

  /** Returns the address of a gateway in front of the bundles. */
  async serve(): Promise<string> {
    const { url } = await this.child.perform<Started>({ kind: 'serve' });
    return url;
  }

  /** Returns the address of a proxy that refuses writes in conflict with a transaction. */
  async startLockingProxy(target: string): Promise<string> {
    const { url } = await this.child.perform<Started>({ kind: 'locking-proxy', target });
    return url;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
