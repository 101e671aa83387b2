import type { ApiKey, Gate } from '../types.ts';
import type { HttpRouteOptions } from './options.ts';
import { toAnswer } from './problem.ts';
import { createRoute, type NodeRequest, type NodeResponse } from './route.ts';

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
    request: ({ raw }) => raw,
    response: (_, { raw }) => raw,
    url: ({ raw }) => raw.url,
    pattern: ({ routeOptions }) => routeOptions.url,
  });
  return async (request, reply) => {
    const checked = await route(request, reply);
    switch (checked.kind) {
      case 'allowed':
        reply.headers(checked.apiKey.headers);
        request.apiKey = checked.apiKey;
        return;
      case 'unchecked':
        return;
      default: {
        const { status, headers, body } = toAnswer(checked);
        reply.code(status);
        reply.headers(headers);
        return reply.send(body);
      }
    }
  };
}
