import { toCamelCase } from './camel-case.ts';
import type { Answer, Ask } from './combination.ts';
import { type HttpAnswer, type Post, readJson, unusable } from './http-post.ts';
import type { AnswerHeaders, AuthOptions } from './types.ts';
import type { LimitedKey, RefusedKey, ValidateRequest, ValidKey } from './wire.ts';

/** Longer than any address, and short enough for the service to accept it. */
const MAX_ADDRESS_LENGTH = 100;

const HEADERS = ['RateLimit-Policy', 'RateLimit', 'Retry-After'] as const;

/** Makes the function that asks the service to validate a key. */
export function createAsk(
  post: Post,
  { serviceId, environment: ownEnvironment }: Pick<AuthOptions, 'serviceId' | 'environment'>,
): Ask {
  return async ({ key, scope, clientIp, environment = ownEnvironment }, leaseRequests) => {
    const request: ValidateRequest = {
      service_id: serviceId,
      required_scope: scope,
      client_ip: clientIp?.slice(0, MAX_ADDRESS_LENGTH),
      environment,
      lease_requests: leaseRequests,
    };
    return readAnswer(await post('api/v1/keys/validate', key, request));
  };
}

/** @throws AuthUnavailable if the answer is no decision */
function readAnswer(answer: HttpAnswer): Answer {
  const { status } = answer;
  if (status !== 200 && status !== 401 && status !== 429) throw unusable(status);
  const body = readJson(answer);
  const headers = headersOf(answer.headers);
  if (status === 200) {
    if (!isValidKey(body)) throw unusable(status);
    const { is_valid: _, lease, ...grant } = body;
    return { validation: Object.freeze({ valid: true, ...toCamelCase(grant), headers }), lease };
  }
  if (!isRefusal(body)) throw unusable(status);
  const retryAfter = Number(headers['Retry-After']);
  const validation = Object.freeze({
    valid: false,
    status,
    code: body.code,
    error: body.error,
    ...(Number.isFinite(retryAfter) && { retryAfter }),
    headers,
  });
  return { validation };
}

/** The rest of a body is the service's to get right; a proxy's page fails here. */
function isValidKey(body: object): body is ValidKey {
  return 'is_valid' in body && body.is_valid === true && 'key_id' in body;
}

function isRefusal(body: object): body is RefusedKey | LimitedKey {
  return 'is_valid' in body && body.is_valid === false && 'code' in body;
}

function headersOf(headers: Headers): AnswerHeaders {
  const present = HEADERS.map((name) => [name, headers.get(name)]).filter(([, value]) => value);
  return Object.freeze(Object.fromEntries(present));
}
