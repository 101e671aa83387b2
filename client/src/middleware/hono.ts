import type { AnswerHeaders, ApiKey, Gate } from '../types.ts';
import type { NodeRequest, NodeResponse } from './node-exchange.ts';
import type { HttpRouteOptions } from './options.ts';
import { createRoute } from './route.ts';

/** The part of Hono's context that the middleware uses. */
export interface HonoContext {
  readonly req: {
    header(name: string): string | undefined;
    readonly routePath: string;
  };
  readonly env: unknown;
  readonly res: { readonly status: number };
  header(name: string, value: string): void;
  set(name: 'apiKey', apiKey: ApiKey | undefined): void;
}

/** The environment under `@hono/node-server`; `app.request()` in a test has none of it. */
interface NodeEnv {
  readonly incoming?: NodeRequest;
  readonly outgoing?: NodeResponse;
}

export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** Creates a middleware for Hono on Node.js, which sets the variable `apiKey`. */
export function hono(gate: Gate, options: HttpRouteOptions<[HonoContext]> = {}): HonoMiddleware {
  const route = createRoute(gate, options, {
    incoming: (context) => ({
      header: (name) => context.req.header(name),
      remoteAddress: envOf(context).incoming?.socket.remoteAddress,
    }),
    response: (context) => envOf(context).outgoing,
    endpoint: ({ req }) => req.routePath,
  });
  return async (context, next) => {
    const outcome = await route(context);
    switch (outcome.kind) {
      case 'admitted':
        context.set('apiKey', outcome.apiKey);
        await next();
        setHeaders(context, outcome.apiKey?.headers);
        return undefined;
      case 'refused': {
        const { status, headers, body } = outcome.answer;
        return new Response(body, { status, headers });
      }
      case 'answered':
        return undefined;
    }
  };
}

/** Returns the environment, which Hono leaves to the runtime. */
function envOf({ env }: HonoContext): NodeEnv {
  return (env ?? {}) as NodeEnv;
}

/** Sets headers after the handler: a `Response` of its own does not have those set before. */
function setHeaders(context: HonoContext, headers: AnswerHeaders = {}): void {
  // Hono copies the response, because its headers may be immutable, and 101 can't be copied.
  if (context.res.status < 200) return;
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
}
