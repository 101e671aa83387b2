import { assessEveryMinute } from '../../infra/local/assess.ts';
import { createGateway, loadHandlers } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { followStream, loadStreamHandler } from '../../infra/local/stream.ts';
import type { RouteFunction } from '../../lib/routes.ts';

/** What the process is asked for: the result of a function, or its memory. */
export type Question =
  | { readonly name: RouteFunction; readonly event: object }
  | { readonly name: 'heap' };

/**
 * The service in a process of its own, as `npm start` runs it, which also calls functions with
 * events that no request causes. Node.js ends it when a promise is rejected that nobody handles.
 */
const handlers = await loadHandlers();
const server = createGateway(handlers, () => new Date());
const url = await listenLocally(server);
followStream(await loadStreamHandler());
await assessEveryMinute(server);

process.on('message', async ({ id, question }: { id: number; question: Question }) => {
  try {
    process.send?.({ id, result: await answer(question) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ port: Number(new URL(url).port) });

async function answer(question: Question): Promise<unknown> {
  if (question.name !== 'heap') {
    const context = { functionName: question.name, getRemainingTimeInMillis: () => 5_000 };
    // The context has what the functions read.
    return handlers[question.name](question.event as never, context as never);
  }
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
