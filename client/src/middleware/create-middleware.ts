import type { Gate } from '../types.ts';
import { type ExpressMiddleware, type ExpressRequest, express } from './express.ts';
import { type FastifyHook, type FastifyReply, type FastifyRequest, fastify } from './fastify.ts';
import { type HonoContext, type HonoMiddleware, hono } from './hono.ts';
import { type LambdaAuthorizer, lambdaAuthorizer } from './lambda-authorizer.ts';
import type { NodeRequest, NodeResponse } from './node-exchange.ts';
import { type NodeCheck, node } from './node-http.ts';
import type { HttpRouteOptions, RouteOptions } from './options.ts';

/**
 * The middleware of each framework. Its options are those of the routes that it protects.
 * Each throws a RangeError if `trustedProxies` is not a number of proxies.
 */
export interface Middleware {
  /** Creates a middleware for `app.use()` or a route of Express 4 or 5. */
  express(options?: HttpRouteOptions<[ExpressRequest, NodeResponse]>): ExpressMiddleware;
  /** Creates an `onRequest` hook for an application, a plugin or a route of Fastify 5. */
  fastify(options?: HttpRouteOptions<[FastifyRequest, FastifyReply]>): FastifyHook;
  /** Creates a middleware for Hono on Node.js (`@hono/node-server`). */
  hono(options?: HttpRouteOptions<[HonoContext]>): HonoMiddleware;
  /** Creates a check of requests to a server of `node:http`. */
  node(options?: HttpRouteOptions<[NodeRequest, NodeResponse]>): NodeCheck;
  /** Creates the handler of a Lambda authorizer of an HTTP API or a REST API. */
  lambdaAuthorizer(options?: RouteOptions): LambdaAuthorizer;
}

/** Creates the middleware of a client. */
export function createMiddleware(gate: Gate): Middleware {
  return {
    express: (options) => express(gate, options),
    fastify: (options) => fastify(gate, options),
    hono: (options) => hono(gate, options),
    node: (options) => node(gate, options),
    lambdaAuthorizer: (options) => lambdaAuthorizer(gate, options),
  };
}
