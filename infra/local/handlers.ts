import { type RouteFunction, routes } from '../../lib/routes.ts';
import type { Handler } from './gateway.ts';
import type { StreamHandler } from './stream.ts';

/** Loads every function. They read their variables as they load, so call it when those are set. */
export async function loadHandlers(): Promise<Record<RouteFunction, Handler>> {
  const loaded = routes.map(async ({ function: name }) => {
    const { handler } = await import(`../../functions/${name}.ts`);
    return [name, handler];
  });
  return Object.fromEntries(await Promise.all(loaded));
}

/** Loads the consumer of the usage table's stream, likewise. */
export async function loadStreamHandler(): Promise<StreamHandler> {
  const { handler } = await import('../../functions/count-usage.ts');
  return handler;
}
