import type { ApiKey, Gate } from '../types.ts';
import { incomingOf, type NodeRequest, type NodeResponse, pathOf } from './node-exchange.ts';
import type { HttpRouteOptions } from './options.ts';
import { createRoute } from './route.ts';

/** The part of Fastify's request that the middleware uses. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  readonly routeOptions: { readonly url?: string | undefined };
  apiKey?: ApiKey;
}

/** The part of Fastify's reply that the middleware uses. */
export interface FastifyReply {
  readonly raw: NodeResponse;
  code(status: number): unknown;
  headers(headers: object): unknown;
  send(body: string): unknown;
}

export type FastifyHook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Creates an `onRequest` hook for an application, a plugin or a route of Fastify 5. */
export function fastify(
  gate: Gate,
  options: HttpRouteOptions<[FastifyRequest, FastifyReply]> = {},
): FastifyHook {
  const route = createRoute(gate, options, {
    incoming: ({ raw }) => incomingOf(raw),
    response: (_, { raw }) => raw,
    endpoint: ({ raw, routeOptions }) => routeOptions.url ?? pathOf(raw.url),
  });
  return async (request, reply) => {
    const outcome = await route(request, reply);
    switch (outcome.kind) {
      case 'admitted':
        reply.headers(outcome.apiKey?.headers ?? {});
        request.apiKey = outcome.apiKey;
        return;
      case 'refused': {
        const { status, headers, body } = outcome.answer;
        reply.code(status);
        reply.headers(headers);
        return reply.send(body);
      }
      case 'answered':
        // Fastify waits for the end of the reply, and calls neither hooks nor the handler.
        return reply;
    }
  };
}
