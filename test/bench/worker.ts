import { createGateway, type Handler } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { type RouteFunction, routes } from '../../lib/routes.ts';
import { startProxy } from '../support/proxy.ts';
import { answerTasks } from './answer-tasks.ts';
import { loadBundle, prepareCalls, requireExpected } from './calls.ts';
import { pace } from './pace.ts';
import type { Measured, RunTask, Started, Task } from './task.ts';

// This process calls the bundles as Lambda does, and does nothing else while it is measured.

const [, , bundles = '', adminToken = ''] = process.argv;

async function measure(task: RunTask): Promise<Measured> {
  const { operation, count, concurrency = 1, perSecond } = task;
  const call = await prepareCalls(bundles, adminToken, task);
  const walls: number[] = [];
  const statuses: Record<string, number> = {};
  const measureCall = async () => {
    const began = performance.now();
    const response = await call();
    walls.push(performance.now() - began);
    const { statusCode = 'none' } = response;
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
    if (perSecond === undefined) requireExpected(operation, response);
  };
  let left = count;
  const callOneAfterAnother = async () => {
    while (left-- > 0) await measureCall();
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  if (perSecond !== undefined) await pace(count, perSecond, measureCall);
  else await Promise.all(Array.from({ length: concurrency }, callOneAfterAnother));
  const elapsedMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { walls, elapsedMs, cpuMs: (user + system) / 1000, rssMb, statuses };
}

async function serve(): Promise<string> {
  const handlers = await Promise.all(
    routes.map(async ({ function: name }) => [name, await loadBundle(bundles, name)] as const),
  );
  return listenLocally(
    createGateway(Object.fromEntries(handlers) as Record<RouteFunction, Handler>, () => new Date()),
  );
}

/** Starts the proxy that refuses writes in conflict with a transaction, as DynamoDB does. */
async function startLockingProxy(target: string): Promise<string> {
  const proxy = await startProxy(target);
  proxy.mode = 'lock';
  // The proxy records every request for tests; under load the records would fill the memory.
  setInterval(() => {
    proxy.actions.length = 0;
    proxy.inputs.length = 0;
  }, 1000).unref();
  return proxy.url;
}

async function perform(task: Task): Promise<Measured | Started> {
  if (task.kind === 'serve') return { url: await serve() };
  if (task.kind === 'locking-proxy') return { url: await startLockingProxy(task.target) };
  return measure(task);
}

answerTasks(perform);
