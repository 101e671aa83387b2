import { Child } from '../child.ts';
import type { Started } from '../task.ts';
import type {
  AppTask,
  ClientTask,
  LocalTask,
  MeasuredLocal,
  MeasuredRate,
  RateTask,
} from './task.ts';

/** Controls a child process that validates keys with the client library. */
export class ClientProcess {
  private constructor(private readonly child: Child<ClientTask>) {}

  static async start(bundles: string): Promise<ClientProcess> {
    const env = { NODE_ENV: 'production' };
    return new ClientProcess(await Child.start(`${bundles}/client/index.mjs`, [], env));
  }

  /** Returns the address of an application that checks the keys of its requests. */
  async startApp(task: Omit<AppTask, 'kind'>): Promise<string> {
    const { url } = await this.child.perform<Started>({ kind: 'app', ...task });
    return url;
  }

  measureRate(task: Omit<RateTask, 'kind'>): Promise<MeasuredRate> {
    return this.child.perform({ kind: 'rate', ...task });
  }

  measureLocal(task: Omit<LocalTask, 'kind'>): Promise<MeasuredLocal> {
    return this.child.perform({ kind: 'local', ...task });
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
