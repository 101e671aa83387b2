import type { ApiKey, Gate } from '../types.ts';
import type { HttpRouteOptions } from './options.ts';
import { type Answer, toAnswer } from './problem.ts';
import { createRoute, type NodeRequest, type NodeResponse } from './route.ts';

/** A request that was let through. */
export interface Admitted {
  /** Undefined only if the route fails open and the service gave no answer. */
  readonly apiKey?: ApiKey;
}

/** Resolves to undefined when it has answered the request itself. */
export type NodeCheck = (
  request: NodeRequest,
  response: NodeResponse,
) => Promise<Admitted | undefined>;

/** Creates a check of requests to a server of `node:http`. */
export function node(
  gate: Gate,
  options: HttpRouteOptions<[NodeRequest, NodeResponse]> = {},
): NodeCheck {
  const route = createRoute(gate, options, {
    request: (request) => request,
    response: (_, response) => response,
    url: (request) => request.url,
    pattern: () => undefined,
  });
  return async (request, response) => {
    const checked = await route(request, response);
    switch (checked.kind) {
      case 'allowed':
        setHeaders(response, checked.apiKey.headers);
        return { apiKey: checked.apiKey };
      case 'unchecked':
        return {};
      default:
        return answer(response, toAnswer(checked));
    }
  };
}

/** Sets headers of a response. */
export function setHeaders(response: NodeResponse, headers: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Answers a request that is not let through. */
export function answer(response: NodeResponse, { status, headers, body }: Answer): undefined {
  response.statusCode = status;
  setHeaders(response, headers);
  response.end(body);
}
