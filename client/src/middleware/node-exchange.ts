import type { Incoming } from './check.ts';
import type { HeaderLookup } from './presented-key.ts';
import type { Answer } from './problem.ts';

/** The part of a request of `node:http` or `node:http2` that the middleware uses. */
export interface NodeRequest {
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly url?: string | undefined;
}

/** The part of a response of `node:http` or `node:http2` that the middleware uses. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  /** Undefined with HTTP/2, whatever its types say. */
  readonly closed?: boolean;
  /** With HTTP/2 only. */
  readonly stream?: { readonly closed: boolean };
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Returns what is read of a request. */
export function incomingOf({ headers, socket }: NodeRequest): Incoming {
  return { header: lookupIn(headers), remoteAddress: socket.remoteAddress };
}

/** Returns a lookup in which a header of several lines is one (RFC 9110, section 5.3). */
export function lookupIn(headers: NodeRequest['headers']): HeaderLookup {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
}

/** Returns the path that a client requested, without its query. */
export function pathOf(url = '/'): string {
  return url.split('?', 1)[0] || '/';
}

/** Sets headers of a response. */
export function setHeaders(response: NodeResponse, headers: Answer['headers'] = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Answers a request that is not let through. */
export function sendAnswer(response: NodeResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  setHeaders(response, headers);
  response.end(body);
}
