import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Finding } from './finding.ts';
import { ANSWER_MS } from './http.ts';
import type { Question } from './service-process.ts';
import type { RequestLog } from './target.ts';

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** A process that runs `service-process.ts`. */
export class ServiceProcess {
  /** How the process ended; undefined while it runs. */
  ended: string | undefined;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private lastId = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.on('message', ({ id, ...reply }: Reply & { id: number }) =>
      this.waiting.get(id)?.(reply),
    );
    child.once('exit', (code, signal) => {
      this.ended = `the service ended with ${signal ?? `code ${code}`}`;
      for (const answer of this.waiting.values()) answer({ error: this.ended });
    });
  }

  static async start(log: RequestLog): Promise<ServiceProcess> {
    const child = fork('test/fuzz/service-process.ts', {
      execArgv: ['--import', 'tsx', '--expose-gc'],
      silent: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => log.add(line));
    }
    const [{ port }] = await once(child, 'message');
    return new ServiceProcess(child, port);
  }

  /**
   * Returns the answer to a question.
   * @throws Error with what a function threw, or Finding if there was no answer in time
   */
  ask(question: Question): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        finish();
      };
      const timer = setTimeout(
        () => end(() => reject(new Finding('gave no answer within 4 s', true))),
        ANSWER_MS,
      );
      this.waiting.set(id, ({ result, error }) =>
        end(() => (error === undefined ? resolve(result) : reject(new Error(error)))),
      );
      // The process may have just ended.
      this.child.send({ id, question }, (error) => {
        if (error) this.waiting.get(id)?.({ error: this.ended ?? error.message });
      });
    });
  }

  kill(): void {
    this.child.kill();
  }
}
