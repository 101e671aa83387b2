import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { RefusalCode } from '../domain/decide.ts';
import type { Lease } from '../domain/lease.ts';
import type { ProblemCode } from './problem-codes.ts';

/** An answer before it is converted to API Gateway's format. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON, except a buffer, which is sent as it is. */
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  /** Why the request failed, for the log and the metrics. */
  readonly code?: ProblemCode | RefusalCode;
  /** Further fields of the request's log line; never a header, a body or a key. */
  readonly log?: LogFields | undefined;
}

export interface LogFields {
  readonly key_id?: string;
  readonly key_prefix?: string;
  readonly service_id?: string | undefined;
  readonly rotated_from?: string | null;
  /** The lease that was granted. */
  readonly lease?: Lease;
  /** Whether a key of another environment has the right checksum, and so may be a real one. */
  readonly valid_checksum?: boolean;
  /** The invalid fields of the request. */
  readonly fields?: readonly string[];
}

/** Returns whether a key that may be a real one was refused for its environment. */
export function isRealMismatch({ code, log }: Reply): boolean {
  return code === 'environment_mismatch' && log?.valid_checksum === true;
}

/** The security headers: no answer may be shown as a page, framed or cached unless it says so. */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Strict-Transport-Security': 'max-age=31536000',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Cache-Control': 'no-store',
};

/** Converts a reply to API Gateway's format (payload format 2.0). */
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
    ...toBody(reply.body),
  };
}

function toBody(body: unknown) {
  return Buffer.isBuffer(body)
    ? { body: body.toString('base64'), isBase64Encoded: true }
    : { body: JSON.stringify(body) };
}
