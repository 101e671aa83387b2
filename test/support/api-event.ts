import { randomUUID } from 'node:crypto';

export interface EventParts {
  readonly headers: Record<string, string>;
  readonly keyId?: string;
  readonly query?: Record<string, string>;
  readonly body?: object;
  readonly now?: Date;
}

/** Returns the event that API Gateway makes of an HTTP API request (payload format 2.0). */
export function apiEvent(method: string, path: string, parts: EventParts) {
  const { headers, keyId, query, body, now = new Date() } = parts;
  const routeKey = path === '$default' ? path : `${method} ${path}`;
  const rawPath = path.replace('{key_id}', keyId ?? '');
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', ...headers },
    ...(query && { queryStringParameters: query }),
    ...(keyId && { pathParameters: { key_id: keyId } }),
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: requestContext(method, rawPath, routeKey, now),
  };
}

/** Returns what API Gateway tells of a request beside the request itself. */
export function requestContext(method: string, path: string, routeKey: string, now: Date) {
  return {
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '-' },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: now.toUTCString(),
    timeEpoch: now.getTime(),
  };
}
