import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createGateway, type Handler } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import {
  type FunctionName,
  type RouteFunction,
  routes,
  TIMEOUT_SECONDS,
} from '../../lib/routes.ts';
import { startProxy } from '../support/proxy.ts';
import { type Operation, type OperationName, operations } from './operations.ts';

/** A process that is measured: it runs bundles as Lambda does, and nothing else. */
export interface Task {
  /** `bare` is the SDK alone, on `input`. */
  readonly run?: OperationName | 'bare';
  readonly count?: number;
  /** The number of the first, where another process has had the ones before. */
  readonly first?: number;
  readonly concurrency?: number;
  /** Begins so many a second, evenly, whether or not those before are answered; answers of any status will do. */
  readonly perSecond?: number;
  /** The number of the key, where the operation has no key of its own. */
  readonly key?: number;
  readonly input?: object;
  /** Puts the gateway before the bundles and answers with its address. */
  readonly serve?: boolean;
  /** Puts the locking proxy before the DynamoDB at that address and answers with its own. */
  readonly lock?: string;
}

export interface Measured {
  /** Milliseconds of each operation. */
  readonly walls: number[];
  readonly elapsedMs: number;
  /** Of all together. */
  readonly cpuMs: number;
  readonly rssMb: number;
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
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

/** What functions are called with here, as far as it is looked at: only requests have been received at a time. */
interface BenchEvent {
  readonly requestContext?: { timeEpoch: number };
}

/** What they answer: a status to requests, the failed records to a stream. */
interface BenchAnswer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly batchItemFailures?: readonly unknown[];
}

/** With its events made beforehand, as API Gateway makes them. */
async function prepare({ run = 'bare', first = 0, count = 0, key = 0, input = {} }: Task) {
  const operation: Operation | undefined = run === 'bare' ? undefined : operations[run];
  const handler = await load(operation?.function ?? 'bare');
  const start = used.get(run) ?? first;
  used.set(run, start + count);
  const events: BenchEvent[] = Array.from(
    { length: count },
    (_, i) => operation?.event(start + i, { adminToken, key }) ?? input,
  );
  // The last is taken first.
  events.reverse();
  return async (): Promise<BenchAnswer> => {
    const event = events.pop();
    const now = Date.now();
    // A request that waits for its turn here has not been received yet: it has all its time left.
    if (event?.requestContext) event.requestContext.timeEpoch = now;
    const endsAt = now + TIMEOUT_SECONDS * 1000;
    const context = { getRemainingTimeInMillis: () => endsAt - Date.now() };
    return handler(event as never, context as never);
  };
}

function requireExpected(run: Task['run'], answer: BenchAnswer): void {
  if (run === undefined || run === 'bare') return;
  const { status }: Operation = operations[run];
  const failed = answer.batchItemFailures ?? [];
  if (answer.statusCode === status && failed.length === 0) return;
  throw new Error(`${run}: ${JSON.stringify(answer)}`);
}

/** Begins `count` pieces of work at an even rate. */
async function pace(count: number, perSecond: number, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const begun: Promise<void>[] = [];
  while (begun.length < count) {
    const due = 1 + Math.floor(((performance.now() - began) / 1000) * perSecond);
    while (begun.length < Math.min(due, count)) begun.push(work());
    await delay(1);
  }
  await Promise.all(begun);
}

async function measure(task: Task): Promise<Measured> {
  const { count = 0, concurrency = 1, perSecond } = task;
  const once = await prepare(task);
  const walls: number[] = [];
  const statuses: Record<string, number> = {};
  const measureOnce = async () => {
    const began = performance.now();
    const answer = await once();
    walls.push(performance.now() - began);
    const { statusCode = 'none' } = answer;
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
    if (perSecond === undefined) requireExpected(task.run, answer);
  };
  let left = count;
  const workInTurn = async () => {
    while (left-- > 0) await measureOnce();
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  if (perSecond === undefined) await Promise.all(Array.from({ length: concurrency }, workInTurn));
  else await pace(count, perSecond, measureOnce);
  const elapsedMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { walls, elapsedMs, cpuMs: (user + system) / 1000, rssMb, statuses };
}

async function serve(): Promise<string> {
  const handlers = await Promise.all(
    routes.map(async ({ function: name }) => [name, await load(name)] as const),
  );
  return listenLocally(
    createGateway(Object.fromEntries(handlers) as Record<RouteFunction, Handler>, () => new Date()),
  );
}

/** Refuses writes in conflict with a transaction, as DynamoDB does and the embedded one does not. */
async function lock(target: string): Promise<string> {
  const proxy = await startProxy(target);
  proxy.mode = 'lock';
  // What passed is for tests to look at; a load would fill the memory with it.
  setInterval(() => {
    proxy.actions.length = 0;
    proxy.inputs.length = 0;
  }, 1000).unref();
  return proxy.url;
}

async function work(task: Task) {
  if (task.serve) return { url: await serve() };
  if (task.lock !== undefined) return { url: await lock(task.lock) };
  return measure(task);
}

process.on('message', async (task: Task) => {
  try {
    process.send?.(await work(task));
  } catch (error) {
    process.send?.({ error: (error as Error).message });
  }
});
process.send?.({ ready: true });
