import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Failed } from './answer-tasks.ts';

/** A child process that performs one task after another. */
export class Child<Task extends object> {
  private constructor(private readonly process: ChildProcess) {}

  /**
   * @param module a bundle that calls `answerTasks`, or a source if `execArgv` loads tsx
   * @param execArgv options of Node.js
   */
  static async start<Task extends object>(
    module: string,
    args: readonly string[],
    env: Record<string, string>,
    execArgv: readonly string[] = [],
  ): Promise<Child<Task>> {
    const child = fork(module, args, {
      env: { ...process.env, ...env },
      execArgv: [...execArgv],
      // Each request writes a log line, as on Lambda; the lines are discarded.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await once(child, 'message');
    return new Child(child);
  }

  async perform<Result extends object>(task: Task): Promise<Result> {
    this.process.send(task);
    const [reply] = (await once(this.process, 'message')) as [Result | Failed];
    if ('error' in reply) throw new Error(reply.error);
    return reply;
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill();
    await ended;
  }
}
