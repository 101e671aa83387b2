import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../infra/local/listen.ts';
import { cleanUp } from '../support/clean-up.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, or as it is if it is a string. */
  readonly body?: unknown;
}

/** What the service does with a request, if it does not answer it. */
export type Fault =
  /** Closes the connection, without an answer or in the middle of one. */
  | 'cut'
  | 'cut-body'
  /** Never answers. */
  | 'hang';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/**
 * Starts a server that stands in for the service where the real one can't be had: down, slow, or
 * behind a network that breaks.
 * @param next decides the answer to each request, by its number from 0
 */
export async function startFake(next: (index: number, request: Received) => FakeAnswer | Fault) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || '{}');
    const { method, url: path, headers } = request;
    const one = { method, path, headers, body };
    received.push(one);
    send(next(received.length - 1, one), response);
  });
  const url = await listenLocally(server);
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  cleanUp(stop);
  return { url, received, stop };
}

function send(answer: FakeAnswer | Fault, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'cut') {
    response.destroy();
    return;
  }
  if (answer === 'cut-body') {
    response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
    return;
  }
  const { status, headers = {}, body } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
