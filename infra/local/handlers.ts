import { type RouteFunction, routes } from '../../lib/routes.ts';
import type { Handler } from './gateway.ts';

/** Loads every function. They read their variables as they load, so call it when those are set. */
export async function loadHandlers(): Promise<Record<RouteFunction, Handler>> {
  const loaded = routes.map(async ({ function: name }) => {
    const { handler } = await import(`../../functions/${name}.ts`);
    return [name, handler];
  });
  return Object.fromEntries(await Promise.all(loaded));
}
