import type { Gate } from '../types.ts';
import { type Allowed, type Checked, createCheck } from './check.ts';
import type { HttpRouteOptions } from './options.ts';
import type { HeaderLookup } from './presented-key.ts';
import { createReporter } from './report.ts';

/** The part of `http.IncomingMessage` that the middleware uses. */
export interface NodeRequest {
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly url?: string | undefined;
}

/** The part of `http.ServerResponse` that the middleware uses. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly closed: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** How a framework on `node:http` gives access to a request. */
export interface Framework<Exchange extends readonly unknown[]> {
  request(...exchange: Exchange): NodeRequest;
  response(...exchange: Exchange): NodeResponse;
  /** Returns the path and query that the client requested. */
  url(...exchange: Exchange): string | undefined;
  /** Returns the pattern of the route that served the request, if there is one. */
  pattern(...exchange: Exchange): string | undefined;
}

/** Creates the check of a route, with the report that follows the response. It never rejects. */
export function createRoute<Exchange extends readonly unknown[]>(
  gate: Gate,
  options: HttpRouteOptions<Exchange>,
  framework: Framework<Exchange>,
): (...exchange: Exchange) => Promise<Checked> {
  const check = createCheck(gate, options, options.trustedProxies);
  const report = createReporter(gate, options);
  const reportAtClose = (allowed: Allowed, startedAt: number, exchange: Exchange) => {
    const response = framework.response(...exchange);
    whenClosed(response, (status) => {
      const ending = {
        status,
        responseTimeMs: performance.now() - startedAt,
        pattern: framework.pattern(...exchange),
        url: framework.url(...exchange),
      };
      report?.(allowed, ending, exchange);
    });
  };
  return async (...exchange) => {
    const startedAt = performance.now();
    const request = framework.request(...exchange);
    const checked = await check({
      header: headersOf(request),
      remoteAddress: request.socket.remoteAddress,
    });
    if (report && checked.kind === 'allowed') reportAtClose(checked, startedAt, exchange);
    return checked;
  };
}

/** Returns a lookup in which a header of several lines is one, as in RFC 9110 section 5.3. */
function headersOf({ headers }: NodeRequest): HeaderLookup {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
}

/**
 * Calls back once, when the response has been sent or the client has disconnected.
 * @param listener gets the status; 0 if no response had begun
 */
export function whenClosed(response: NodeResponse, listener: (status: number) => void): void {
  const closed = () => listener(response.headersSent ? response.statusCode : 0);
  // The client may have disconnected during the check: then there is no event any more.
  if (response.closed) closed();
  else response.once('close', closed);
}
