import { EventEmitter } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import createExpress from 'express';
import createFastify, { type FastifyReply } from 'fastify';
import { type Context, Hono } from 'hono';
import type { ApiKey, Auth } from '../../../client/src/index.ts';
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

/** A path of a test's application, with the middleware that it is behind. */
export interface Route {
  readonly auth: Auth;
  readonly options?: Omit<HttpRouteOptions<[]>, 'report'>;
  readonly report?: true | 'named';
}

/**
 * Starts an application with each route at `/<name>/:id` and returns its URL. It answers 201 with
 * the key's id, and not at all to `/<name>/hang`.
 */
type Start = (routes: Record<string, Route>) => Promise<string>;

/** Returns the options of a report, with the predictions that a response has in a header. */
function reportWith<Exchange extends unknown[]>(
  report: Route['report'],
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
      for (const [name, { auth, options, report }] of Object.entries(routes)) {
        const router = createExpress.Router();
        router.use(
          auth.express({
            ...options,
            report: reportWith(report, (_, response: createExpress.Response) =>
              Number(response.getHeader(PREDICTIONS)),
            ),
          }),
        );
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
      for (const [name, { auth, options, report }] of Object.entries(routes)) {
        app.register(async (scope) => {
          scope.addHook(
            'onRequest',
            auth.fastify({
              ...options,
              report: reportWith(report, (_, reply: FastifyReply) =>
                Number(reply.getHeader(PREDICTIONS)),
              ),
            }),
          );
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
      for (const [name, { auth, options, report }] of Object.entries(routes)) {
        app.use(
          `/${name}/*`,
          auth.hono({
            ...options,
            report: reportWith(report, ({ res }: Context) => Number(res.headers.get(PREDICTIONS))),
          }),
        );
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
      const checks = Object.entries(routes).map(([name, { auth, options, report }]) => {
        const check = auth.node({
          ...options,
          report: reportWith(report, (_, response: ServerResponse) =>
            Number(response.getHeader(PREDICTIONS)),
          ),
        });
        return [name, check] as const;
      });
      const checkOf = new Map(checks);
      return listen(
        createServer(async (request, response) => {
          const [, name = '', id] = request.url?.split(/[/?]/) ?? [];
          const admitted = await checkOf.get(name)?.(request, response);
          if (!admitted) return;
          if (id === 'hang') return reachHandler();
          response.statusCode = 201;
          response.setHeader('content-type', 'application/json');
          response.setHeader(PREDICTIONS, '3');
          response.end(JSON.stringify({ key_id: admitted.apiKey?.keyId ?? null }));
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
