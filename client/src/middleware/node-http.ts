import type { ApiKey, Gate } from '../types.ts';
import {
  incomingOf,
  type NodeRequest,
  type NodeResponse,
  pathOf,
  sendAnswer,
  setHeaders,
} from './node-exchange.ts';
import type { HttpRouteOptions } from './options.ts';
import { createRoute, type Framework } from './route.ts';

/** A request that was let through. */
export interface Admitted {
  /** Undefined only if the route fails open and the service gave no answer. */
  readonly apiKey?: ApiKey;
}

/** Resolves to undefined if the request is answered: by the check, or by others meanwhile. */
export type NodeCheck = (
  request: NodeRequest,
  response: NodeResponse,
) => Promise<Admitted | undefined>;

/** Creates a check of requests to a server of `node:http`. */
export function node(
  gate: Gate,
  options: HttpRouteOptions<[NodeRequest, NodeResponse]> = {},
): NodeCheck {
  return createNodeCheck(gate, options, {
    incoming: incomingOf,
    response: (_, response) => response,
    endpoint: ({ url }) => pathOf(url),
  });
}

/** Creates the check of a framework whose responses are those of `node:http`. */
export function createNodeCheck<Request extends NodeRequest>(
  gate: Gate,
  options: HttpRouteOptions<[Request, NodeResponse]>,
  framework: Framework<[Request, NodeResponse]>,
): (request: Request, response: NodeResponse) => Promise<Admitted | undefined> {
  const route = createRoute(gate, options, framework);
  return async (request, response) => {
    const outcome = await route(request, response);
    switch (outcome.kind) {
      case 'admitted':
        setHeaders(response, outcome.apiKey?.headers);
        return { apiKey: outcome.apiKey };
      case 'refused':
        sendAnswer(response, outcome.answer);
        return undefined;
      case 'answered':
        return undefined;
    }
  };
}
