import { pathToFileURL } from 'node:url';
import type { Handler } from '../../infra/local/gateway.ts';
import { type FunctionName, TIMEOUT_SECONDS } from '../../lib/routes.ts';
import { type Operation, operations } from './operations.ts';
import type { RunTask } from './task.ts';

/** The part of an event that is used here: the time at which API Gateway received a request. */
interface BenchEvent {
  readonly requestContext?: { timeEpoch: number };
}

/** A function's response: a status for a request, the failed records for a stream batch. */
export interface BenchResponse {
  readonly statusCode?: number;
  readonly body?: string;
  readonly batchItemFailures?: readonly unknown[];
}

const loaded = new Map<string, Promise<Handler>>();
const used = new Map<string, number>();

export function loadBundle(bundles: string, name: FunctionName | 'sdk-only'): Promise<Handler> {
  const handler =
    loaded.get(name) ??
    import(pathToFileURL(`${bundles}/${name}/index.mjs`).href).then((module) => module.handler);
  loaded.set(name, handler);
  return handler;
}

/** Builds the events of a task in advance, and returns a function that makes the next call. */
export async function prepareCalls(bundles: string, adminToken: string, task: RunTask) {
  const { operation: name, first = 0, count, key = 0, input = {} } = task;
  const operation: Operation | undefined = name === 'sdk-only' ? undefined : operations[name];
  const handler = await loadBundle(bundles, operation?.function ?? 'sdk-only');
  const start = used.get(name) ?? first;
  used.set(name, start + count);
  const events: BenchEvent[] = Array.from(
    { length: count },
    (_, i) => operation?.event(start + i, { adminToken, key }) ?? input,
  );
  // `pop` takes from the end.
  events.reverse();
  return async (): Promise<BenchResponse> => {
    const event = events.pop();
    const now = Date.now();
    // The function's deadline starts at this time, so it must not include waiting in this process.
    if (event?.requestContext) event.requestContext.timeEpoch = now;
    const endsAt = now + TIMEOUT_SECONDS * 1000;
    const context = { getRemainingTimeInMillis: () => endsAt - Date.now() };
    return handler(event as never, context as never);
  };
}

/** Throws when a response is not the one that the operation is measured for. */
export function requireExpected(name: RunTask['operation'], response: BenchResponse): void {
  if (name === 'sdk-only') return;
  const { status }: Operation = operations[name];
  const failed = response.batchItemFailures ?? [];
  if (response.statusCode === status && failed.length === 0) return;
  throw new Error(`${name}: ${JSON.stringify(response)}`);
}
