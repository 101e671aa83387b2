import type { ApiKey, Gate } from '../types.ts';
import { type Allowed, createCheck } from './check.ts';
import type { HttpRouteOptions } from './options.ts';
import { toAnswer } from './problem.ts';
import { createReporter } from './report.ts';
import { type NodeRequest, type NodeResponse, whenClosed } from './route.ts';

/** The part of Hono's context that the middleware uses. */
export interface HonoContext {
  readonly req: {
    header(name: string): string | undefined;
    readonly path: string;
    readonly routePath: string;
  };
  readonly env: unknown;
  readonly res: { readonly status: number };
  header(name: string, value: string): void;
  set(name: 'apiKey', apiKey: ApiKey): void;
}

/** The environment under `@hono/node-server`; other runtimes have none of it. */
interface NodeEnv {
  readonly incoming?: NodeRequest;
  readonly outgoing?: NodeResponse;
}

export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/**
 * Creates a middleware for Hono, which sets the variable `apiKey`. The client's address is known
 * only on Node.js.
 */
export function hono(gate: Gate, options: HttpRouteOptions<[HonoContext]> = {}): HonoMiddleware {
  const check = createCheck(gate, options, options.trustedProxies);
  const report = createReporter(gate, options);
  const reportOf =
    (allowed: Allowed, startedAt: number, context: HonoContext) => (status: number) =>
      report?.(
        allowed,
        {
          status,
          responseTimeMs: performance.now() - startedAt,
          pattern: context.req.routePath,
          url: context.req.path,
        },
        [context],
      );
  return async (context, next) => {
    const startedAt = performance.now();
    // Hono leaves the environment to the runtime.
    const { incoming, outgoing } = (context.env ?? {}) as NodeEnv;
    const checked = await check({
      header: (name) => context.req.header(name),
      remoteAddress: incoming?.socket.remoteAddress,
    });
    switch (checked.kind) {
      case 'allowed': {
        const send = reportOf(checked, startedAt, context);
        if (outgoing) whenClosed(outgoing, send);
        context.set('apiKey', checked.apiKey);
        await next();
        // After the handler, because a `Response` of its own does not have headers set before.
        for (const [name, value] of Object.entries(checked.apiKey.headers)) {
          context.header(name, value);
        }
        if (!outgoing) send(context.res.status);
        return;
      }
      case 'unchecked':
        await next();
        return;
      default: {
        const { status, headers, body } = toAnswer(checked);
        return new Response(body, { status, headers });
      }
    }
  };
}
