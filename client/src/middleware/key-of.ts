import { lookupIn, type NodeRequest } from './node-exchange.ts';
import { presentedKey } from './presented-key.ts';

/**
 * Returns the key that a request presents, found as the middleware finds it: for debits and reports
 * of your own. Takes the request of Express, Fastify or `node:http`, or one of the Fetch API.
 */
export function keyOf(request: {
  readonly headers: NodeRequest['headers'] | Headers;
}): string | undefined {
  const { headers } = request;
  if (!(headers instanceof Headers)) return presentedKey(lookupIn(headers));
  return presentedKey((name) => headers.get(name) ?? undefined);
}
