import type { ApiKey, Gate } from '../types.ts';
import { incomingOf, type NodeRequest, type NodeResponse, pathOf } from './node-exchange.ts';
import { createNodeCheck } from './node-http.ts';
import type { HttpRouteOptions } from './options.ts';

declare global {
  namespace Express {
    /** Merged into the request of Express, if its types are installed. */
    interface Request {
      /** What the key of the request grants; undefined without the middleware. */
      apiKey?: ApiKey;
    }
  }
}

/** The part of Express's request that the middleware uses. */
export interface ExpressRequest extends NodeRequest {
  readonly originalUrl: string;
  readonly baseUrl: string;
  readonly route?: { readonly path?: unknown };
  apiKey?: ApiKey;
}

export type ExpressMiddleware = (
  request: ExpressRequest,
  response: NodeResponse,
  next: () => void,
) => Promise<void>;

/** Creates a middleware for `app.use()` or a route of Express 4 or 5. */
export function express(
  gate: Gate,
  options: HttpRouteOptions<[ExpressRequest, NodeResponse]> = {},
): ExpressMiddleware {
  const check = createNodeCheck<ExpressRequest>(gate, options, {
    incoming: incomingOf,
    response: (_, response) => response,
    endpoint: ({ baseUrl, originalUrl, route: { path } = {} }) =>
      typeof path === 'string' ? baseUrl + path : pathOf(originalUrl),
  });
  return async (request, response, next) => {
    const admitted = await check(request, response);
    if (!admitted) return;
    request.apiKey = admitted.apiKey;
    next();
  };
}
