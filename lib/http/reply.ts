import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** An answer before it is API Gateway's. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  /** What the request's log line says beside the usual; never a header, a body or a key. */
  readonly log?: Record<string, unknown>;
}

/** Returns whether a key that can be real was refused for its environment, by the log of the answer. */
export function isRealMismatch(log: Reply['log']): boolean {
  return log?.code === 'environment_mismatch' && log.valid_checksum === true;
}

/** Sent with every answer: none is ever shown as a page, framed or kept. */
const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Strict-Transport-Security': 'max-age=31536000',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Cache-Control': 'no-store',
};

export function toResult(reply: Reply, requestId: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: reply.status,
    headers: {
      'Content-Type': 'application/json',
      ...(reply.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
      ...(reply.status === 503 && { 'Retry-After': '1' }),
      ...SECURITY_HEADERS,
      'X-Request-Id': requestId,
      ...reply.headers,
    },
    body: JSON.stringify(reply.body),
  };
}
