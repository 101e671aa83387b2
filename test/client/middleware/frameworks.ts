import { EventEmitter } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import createExpress from 'express';
import createFastify, { type FastifyReply } from 'fastify';
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Admitted, ApiKey } from '../../../client/src/index.ts';
import type { Middleware } from '../../../client/src/middleware/create-middleware.ts';
import type { HttpRouteOptions } from '../../../client/src/middleware/options.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { cleanUp } from '../../support/clean-up.ts';

declare module 'fastify' {
  interface FastifyRequest {
    apiKey?: ApiKey;
  }
}

declare module 'hono' {
  interface ContextVariableMap {
    apiKey?: ApiKey;
  }
}

/** A middleware of a test's application. */
interface Check {
  readonly auth: Middleware;
  readonly options?: Omit<HttpRouteOptions<[]>, 'report'>;
  readonly report?: true | 'named';
}

/** A path of a test's application, with the middleware that it is behind. */
export interface Route extends Check {
  /** A middleware behind the other. */
  readonly inner?: Check;
  /** Answers requests with 504 when it resolves. */
  readonly timeout?: Promise<unknown>;
}

function checksOf({ inner, ...outer }: Route): readonly Check[] {
  return inner ? [outer, inner] : [outer];
}

/**
 * Starts an application with each route at `/<name>/:id` and returns its URL. It answers 201 with
 * the key's id, and not at all to `/<name>/hang`.
 */
type Start = (routes: Record<string, Route>) => Promise<string>;

/** Returns the options of a report, with the predictions that a response has in a header. */
function reportWith<Exchange extends unknown[]>(
  report: Check['report'],
  predictions: (...exchange: Exchange) => number,
) {
  return report === 'named' ? { endpoint: () => 'named', predictions } : report;
}

const PREDICTIONS = 'x-predictions';

/** Emits `reached` when a handler runs that never answers. */
export const hanging = new EventEmitter();

function reachHandler(): void {
  hanging.emit('reached');
}

function hang<T>(): Promise<T> {
  reachHandler();
  return new Promise(() => {});
}

export const FRAMEWORKS: Record<string, { start: Start; pattern: (route: string) => string }> = {
  express: {
    async start(routes) {
      const app = createExpress();
      app.disable('x-powered-by');
      app.disable('etag');
      for (const [name, route] of Object.entries(routes)) {
        const router = createExpress.Router();
        router.use((_, response, next) => {
          route.timeout?.then(() => response.sendStatus(504));
          next();
        });
        for (const { auth, options, report } of checksOf(route)) {
          router.use(
            auth.express({
              ...options,
              report: reportWith(report, (_, response: createExpress.Response) =>
                Number(response.getHeader(PREDICTIONS)),
              ),
            }),
          );
        }
        router.get('/hang', reachHandler);
        router.get('/:id', (request, response) => {
          response
            .status(201)
            .set(PREDICTIONS, '3')
            .json({ key_id: request.apiKey?.keyId ?? null });
        });
        app.use(`/${name}`, router);
      }
      return listen(createServer(app));
    },
    pattern: (route) => `/${route}/:id`,
  },
  fastify: {
    async start(routes) {
      const app = createFastify({ forceCloseConnections: true });
      for (const [name, route] of Object.entries(routes)) {
        app.register(async (scope) => {
          scope.addHook('onRequest', async (_, reply) => {
            route.timeout?.then(() => reply.code(504).send());
          });
          for (const { auth, options, report } of checksOf(route)) {
            scope.addHook(
              'onRequest',
              auth.fastify({
                ...options,
                report: reportWith(report, (_, reply: FastifyReply) =>
                  Number(reply.getHeader(PREDICTIONS)),
                ),
              }),
            );
          }
          scope.get(`/${name}/hang`, () => hang());
          scope.get(`/${name}/:id`, (request, reply) =>
            reply
              .code(201)
              .header(PREDICTIONS, '3')
              .send({ key_id: request.apiKey?.keyId ?? null }),
          );
        });
      }
      cleanUp(() => app.close());
      return app.listen({ port: 0, host: '127.0.0.1' });
    },
    pattern: (route) => `/${route}/:id`,
  },
  hono: {
    start(routes) {
      const app = new Hono();
      for (const [name, route] of Object.entries(routes)) {
        const { timeout } = route;
        if (timeout) {
          const expired = timeout.then(() => Promise.reject(new HTTPException(504)));
          app.use(`/${name}/*`, (_, next) => Promise.race([next(), expired]));
        }
        for (const { auth, options, report } of checksOf(route)) {
          app.use(
            `/${name}/*`,
            auth.hono({
              ...options,
              report: reportWith(report, ({ res }: Context) =>
                Number(res.headers.get(PREDICTIONS)),
              ),
            }),
          );
        }
        app.get(`/${name}/hang`, () => hang<Response>());
        app.get(`/${name}/:id`, (c) =>
          c.json({ key_id: c.get('apiKey')?.keyId ?? null }, 201, { [PREDICTIONS]: '3' }),
        );
      }
      return listen(createAdaptorServer(app) as Server);
    },
    pattern: (route) => `/${route}/:id`,
  },
  'node:http': {
    start(routes) {
      const entries = Object.entries(routes).map(([name, route]) => {
        const checks = checksOf(route).map(({ auth, options, report }) =>
          auth.node({
            ...options,
            report: reportWith(report, (_, response: ServerResponse) =>
              Number(response.getHeader(PREDICTIONS)),
            ),
          }),
        );
        return [name, { checks, timeout: route.timeout }] as const;
      });
      const routeOf = new Map(entries);
      return listen(
        createServer(async (request, response) => {
          const [, name = '', id] = request.url?.split(/[/?]/) ?? [];
          const { checks = [], timeout } = routeOf.get(name) ?? {};
          timeout?.then(() => response.writeHead(504).end());
          let admitted: Admitted | undefined;
          for (const check of checks) {
            admitted = await check(request, response);
            if (!admitted) return;
          }
          if (id === 'hang') return reachHandler();
          response.statusCode = 201;
          response.setHeader('content-type', 'application/json');
          response.setHeader(PREDICTIONS, '3');
          response.end(JSON.stringify({ key_id: admitted?.apiKey?.keyId ?? null }));
        }),
      );
    },
    pattern: (route) => `/${route}/7`,
  },
};

function listen(server: Server): Promise<string> {
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  return listenLocally(server);
}
