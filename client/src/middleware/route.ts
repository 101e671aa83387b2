import type { Gate, Valid } from '../types.ts';
import { createCheck, type Incoming } from './check.ts';
import type { NodeResponse } from './node-exchange.ts';
import { HTTP_ROUTE_OPTIONS, type HttpRouteOptions } from './options.ts';
import { type Answer, toAnswer } from './problem.ts';
import { createReporter } from './report.ts';

/** How a framework gives access to a request; `Exchange` is its view of one. */
export interface Framework<Exchange extends readonly unknown[]> {
  incoming(...exchange: Exchange): Incoming;
  /** Returns the response of Node.js; undefined if the framework does not run on it. */
  response(...exchange: Exchange): NodeResponse | undefined;
  /** Returns the pattern of the route that served the request, or the path if there is none. */
  endpoint(...exchange: Exchange): string;
}

/** What a middleware does with a request. */
export type Outcome =
  /** Lets it through; without a key only if the route fails open. */
  | { readonly kind: 'admitted'; readonly apiKey: Valid | undefined }
  | { readonly kind: 'refused'; readonly answer: Answer }
  /** Nothing: something else has answered the request during the check, such as a time-out. */
  | { readonly kind: 'answered' };

/** Creates the check of a route, with the report that follows the response. It never rejects. */
export function createRoute<Exchange extends readonly unknown[]>(
  gate: Gate,
  options: HttpRouteOptions<Exchange>,
  framework: Framework<Exchange>,
): (...exchange: Exchange) => Promise<Outcome> {
  const check = createCheck(gate, options, HTTP_ROUTE_OPTIONS);
  const report = createReporter(gate, options, framework);
  return async (...exchange) => {
    const startedAt = performance.now();
    const checked = await check(framework.incoming(...exchange));
    if (checked.kind === 'allowed') report?.(checked, startedAt, exchange);
    const response = framework.response(...exchange);
    if (response?.headersSent || response?.writableEnded) return { kind: 'answered' };
    switch (checked.kind) {
      case 'allowed':
        return { kind: 'admitted', apiKey: checked.apiKey };
      case 'unchecked':
        return { kind: 'admitted', apiKey: undefined };
      default:
        return { kind: 'refused', answer: toAnswer(checked) };
    }
  };
}
