import { createGateway, type Handler } from '../../infra/local/gateway.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import type { RouteFunction } from '../../lib/routes.ts';

/** Runs the functions of a release in a process of its own, behind a gateway and on request. */
const [, , file = '', clockAheadMs = ''] = process.argv;

/** A call of a function that has no route. */
export interface Invocation {
  readonly id: number;
  readonly name: string;
  readonly event: object;
}

const handlers: Record<string, Handler> = await import(file);
const clock = () => new Date(Date.now() + Number(clockAheadMs));
const context = { getRemainingTimeInMillis: () => 300_000 };

process.on('message', async ({ id, name, event }: Invocation) => {
  const outcome = await handlers[name]?.(event as never, context as never).then(
    (result) => ({ result }),
    (error: Error) => ({ error: error.message }),
  );
  process.send?.({ id, ...outcome });
});
process.on('disconnect', () => process.exit(0));

// The gateway is only sent requests of functions that the release has.
const url = await listenLocally(createGateway(handlers as Record<RouteFunction, Handler>, clock));
process.send?.({ url, functions: Object.keys(handlers) });
