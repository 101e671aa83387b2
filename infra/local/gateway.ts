import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { matchRoute } from '../../lib/http/routing.ts';
import { type RouteFunction, routes, TIMEOUT_SECONDS } from '../../lib/routes.ts';

export type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** API Gateway's limit. The rest is read and dropped, so that the caller can read the response. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Loads every route's function. Call it when the environment is complete: they read it on load. */
export async function loadHandlers(): Promise<Record<RouteFunction, Handler>> {
  const loaded = routes.map(async ({ function: name }) => {
    const { handler } = await import(`../../functions/${name}.ts`);
    return [name, handler];
  });
  return Object.fromEntries(await Promise.all(loaded));
}

/**
 * Creates a gateway that invokes the functions with HTTP API events (payload format 2.0).
 * @param clock the time at which a request counts as received
 */
export function createGateway(handlers: Record<RouteFunction, Handler>, clock: () => Date): Server {
  return createServer(async (request, response) => {
    try {
      const event = await toEvent(request, clock);
      const result = await handlers[event.function](event.event, context(event.function));
      const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
      response.writeHead(result.statusCode ?? 200, {
        'Content-Length': body.length,
        ...mapValues(result.headers ?? {}, String),
      });
      response.end(body);
    } catch (error) {
      // The caller has disconnected, or a function threw: API Gateway responds to that in this way.
      if (!request.destroyed) console.error(error);
      response.writeHead(500).end('{"message":"Internal Server Error"}');
    }
  });
}

async function toEvent(
  request: IncomingMessage,
  clock: () => Date,
): Promise<{ function: RouteFunction; event: APIGatewayProxyEventV2 }> {
  const { method = 'GET', url = '/' } = request;
  const [rawPath = '/', rawQueryString = ''] = splitOnce(url, '?');
  const match = matchRoute(method, rawPath);
  const routeKey = match ? `${match.route.method} ${match.route.path}` : '$default';
  const body = await readBody(request);
  const now = clock();
  return {
    function: match?.route.function ?? 'not-found',
    event: {
      version: '2.0',
      routeKey,
      rawPath,
      rawQueryString,
      headers: joinHeaders(request),
      queryStringParameters: rawQueryString
        ? joinPairs(new URLSearchParams(rawQueryString))
        : undefined,
      pathParameters: match && mapValues(match.parameters, decode),
      body: body.length > 0 ? body.toString('base64') : undefined,
      isBase64Encoded: body.length > 0,
      requestContext: {
        accountId: 'local',
        apiId: 'local',
        domainName: request.headers.host ?? '',
        domainPrefix: 'local',
        http: {
          method,
          path: rawPath,
          protocol: `HTTP/${request.httpVersion}`,
          sourceIp: request.socket.remoteAddress ?? '',
          userAgent: request.headers['user-agent'] ?? '',
        },
        requestId: randomUUID(),
        routeKey,
        stage: '$default',
        time: now.toUTCString(),
        timeEpoch: now.getTime(),
      },
    },
  };
}

/** Returns the headers with names in lower case and repeated headers joined by commas. */
function joinHeaders(request: IncomingMessage): Record<string, string> {
  const { rawHeaders } = request;
  const pairs = rawHeaders.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? '']] : [],
  );
  return joinPairs(pairs);
}

/** Returns the values by their names, those of repeated names joined by commas. */
export function joinPairs(pairs: Iterable<[string, string]>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the part of Lambda's context that the handlers use. */
function context(functionName: string): Context {
  const endsAt = Date.now() + TIMEOUT_SECONDS * 1000;
  return {
    functionName,
    functionVersion: '$LATEST',
    getRemainingTimeInMillis: () => endsAt - Date.now(),
  } as Context;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
