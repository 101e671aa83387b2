import type { ApiKey, Gate } from '../types.ts';
import { answer, setHeaders } from './node-http.ts';
import type { HttpRouteOptions } from './options.ts';
import { toAnswer } from './problem.ts';
import { createRoute, type NodeRequest, type NodeResponse } from './route.ts';

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
  const route = createRoute(gate, options, {
    request: (request) => request,
    response: (_, response) => response,
    url: (request) => request.originalUrl,
    pattern: ({ baseUrl, route: { path } = {} }) =>
      typeof path === 'string' ? baseUrl + path : undefined,
  });
  return async (request, response, next) => {
    const checked = await route(request, response);
    switch (checked.kind) {
      case 'allowed':
        setHeaders(response, checked.apiKey.headers);
        request.apiKey = checked.apiKey;
        return next();
      case 'unchecked':
        return next();
      default:
        return answer(response, toAnswer(checked));
    }
  };
}
