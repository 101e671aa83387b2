import { pathToFileURL } from 'node:url';
import { createGateway, type Handler } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import {
  type FunctionName,
  type RouteFunction,
  routes,
  TIMEOUT_SECONDS,
} from '../../lib/routes.ts';
import { type Operation, type OperationName, operations } from './operations.ts';

/** A process that is measured: it runs bundles as Lambda does, and nothing else. */
export interface Task {
  /** `bare` is the SDK alone, on `input`. */
  readonly run?: OperationName | 'bare';
  readonly count?: number;
  /** The number of the first, where another process has had the ones before. */
  readonly first?: number;
  readonly concurrency?: number;
  readonly input?: object;
  /** Puts the gateway before the bundles and answers with its address. */
  readonly serve?: boolean;
}

export interface Measured {
  /** Milliseconds of each operation. */
  readonly walls: number[];
  readonly elapsedMs: number;
  /** Of all together. */
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly url?: string;
}

const [, , bundles = '', adminToken = ''] = process.argv;
const loaded = new Map<string, Promise<Handler>>();
const used = new Map<string, number>();

function load(name: FunctionName | 'bare'): Promise<Handler> {
  const handler =
    loaded.get(name) ??
    import(pathToFileURL(`${bundles}/${name}/index.mjs`).href).then((module) => module.handler);
  loaded.set(name, handler);
  return handler;
}

/** With its events made beforehand, as API Gateway makes them. */
async function prepare({ run = 'bare', first = 0, count = 0, input }: Task) {
  const operation: Operation | undefined = run === 'bare' ? undefined : operations[run];
  const handler = await load(operation?.function ?? 'bare');
  const start = used.get(run) ?? first;
  used.set(run, start + count);
  const events = Array.from(
    { length: count },
    (_, i) => operation?.event(start + i, adminToken) ?? input,
  );
  return async () => {
    const endsAt = Date.now() + TIMEOUT_SECONDS * 1000;
    const context = { getRemainingTimeInMillis: () => endsAt - Date.now() };
    const answer = await handler(events.pop() as never, context as never);
    if (operation && answer.statusCode !== operation.status) {
      throw new Error(`${run}: ${answer.statusCode} ${answer.body}`);
    }
  };
}

async function measure(task: Task): Promise<Measured> {
  const { count = 0, concurrency = 1 } = task;
  const once = await prepare(task);
  const walls: number[] = [];
  let left = count;
  const work = async () => {
    while (left-- > 0) {
      const began = performance.now();
      await once();
      walls.push(performance.now() - began);
    }
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  const elapsedMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { walls, elapsedMs, cpuMs: (user + system) / 1000, rssMb };
}

async function serve(): Promise<string> {
  const handlers = await Promise.all(
    routes.map(async ({ function: name }) => [name, await load(name)] as const),
  );
  return listenLocally(
    createGateway(Object.fromEntries(handlers) as Record<RouteFunction, Handler>, () => new Date()),
  );
}

process.on('message', async (task: Task) => {
  try {
    process.send?.(task.serve ? { url: await serve() } : await measure(task));
  } catch (error) {
    process.send?.({ error: (error as Error).message });
  }
});
process.send?.({ ready: true });
