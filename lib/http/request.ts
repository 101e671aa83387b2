import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { badFields, Problem } from './problem.ts';

/** Enough for every body there is; more is a mistake or an attack. */
const MAX_BODY_KIB = 32;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A request as a handler sees it: everything it may use, read and checked. */
export interface Call<Body = unknown, Query = unknown> {
  readonly body: Body;
  readonly query: Query;
  /** The path's `key_id`; empty on a route without one. */
  readonly keyId: string;
  /** When API Gateway received the request: the time that the whole request is decided by. */
  readonly now: Date;
  /** The caller as API Gateway saw it, never a header that the caller wrote. */
  readonly sourceIp: string;
  readonly requestId: string;
  /** The credentials of `Authorization: Bearer`; undefined when there are none. */
  readonly bearer: string | undefined;
  /** `X-API-Key`; undefined when missing or empty. */
  readonly apiKeyHeader: string | undefined;
  readonly path: string;
}

/** How a body or query is checked. */
export type Schema<T> = z.ZodMiniType<T>;

/** What a route takes; what has no schema is ignored. */
export interface Input<Body, Query> {
  readonly body?: Schema<Body>;
  readonly query?: Schema<Query>;
  /** The largest body, where less than the usual is enough. */
  readonly maxBodyKib?: number;
}

export function readCall<Body, Query>(
  event: APIGatewayProxyEventV2,
  input: Input<Body, Query>,
): Call<Body, Query> {
  const { http, requestId, timeEpoch } = event.requestContext;
  return {
    body: check(input.body, 'field', () => readBody(event, input.maxBodyKib ?? MAX_BODY_KIB)),
    query: check(input.query, 'parameter', () => event.queryStringParameters ?? {}),
    keyId: readKeyId(event.pathParameters?.key_id),
    now: new Date(timeEpoch),
    sourceIp: http.sourceIp,
    requestId,
    bearer: readBearer(event),
    apiKeyHeader: event.headers['x-api-key'] || undefined,
    path: event.rawPath,
  };
}

/** What is no UUID is no key's: the store would refuse some of it with an error. */
function readKeyId(text: string | undefined): string {
  if (text === undefined) return '';
  if (!UUID.test(text)) throw new Problem('key_not_found');
  return text.toLowerCase();
}

/** @throws Problem `bad_credentials` for another scheme than Bearer */
export function requireBearer(event: APIGatewayProxyEventV2): string {
  const bearer = readBearer(event);
  if (bearer) return bearer;
  throw new Problem(
    /\s/.test(event.headers.authorization?.trim() ?? '') ? 'bad_credentials' : 'not_authenticated',
  );
}

/** RFC 9110 section 11.1: the scheme's case does not matter. */
function readBearer(event: APIGatewayProxyEventV2): string | undefined {
  return /^bearer\s+(.+)$/i.exec(event.headers.authorization?.trim() ?? '')?.[1];
}

/** What has no schema takes nothing: its input is not even read. */
function check<T>(
  schema: Schema<T> | undefined,
  part: 'field' | 'parameter',
  read: () => unknown,
): T {
  if (!schema) return undefined as T;
  const result = schema.safeParse(read());
  if (result.success) return result.data;
  throw badFields(
    result.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((field) => ({ field, message: `is not a ${part} of this request` }))
        : [{ field: fieldName(issue.path), message: issue.message }],
    ),
  );
}

/** `allowed_ips[1]`; `body` for the whole. */
function fieldName(path: PropertyKey[]): string {
  const [first, ...rest] = path;
  return first === undefined
    ? 'body'
    : String(first) + rest.map((part) => `[${String(part)}]`).join('');
}

/** An absent or empty body is an empty object, and null in a field is the same as leaving it out. */
function readBody(event: APIGatewayProxyEventV2, maxKib: number): unknown {
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString()
    : (event.body ?? '');
  if (Buffer.byteLength(text) > maxKib * 1024) {
    throw new Problem('too_large', { detail: `The body is larger than ${maxKib} KiB` });
  }
  if (text.trim() === '') return {};
  const type = event.headers['content-type'];
  if (type && !/^application\/(.+\+)?json\s*(;|$)/i.test(type)) throw new Problem('not_json');
  const body = parseJson(text);
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject
    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
    : body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad_request', { detail: 'The body is not valid JSON' });
  }
}
