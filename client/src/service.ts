import type { Answer, Ask, LeaseTerms } from './ask.ts';
import { toCamelCase } from './camel-case.ts';
import { type HttpAnswer, type Post, readJson, retryAfterOf, unusable } from './http-post.ts';
import type { AnswerHeaders, AuthOptions } from './types.ts';
import type { LimitedKey, RefusedKey, ValidateRequest, ValidKey } from './wire.ts';

/** Longer than any address, and short enough for the service to accept it. */
const MAX_ADDRESS_LENGTH = 100;

/** The longest lease that a service may grant, in milliseconds. */
const MAX_LEASE_MS = 2000;

const HEADERS = ['RateLimit-Policy', 'RateLimit', 'Retry-After'] as const;

/** Makes the function that asks the service to validate a key. */
export function createAsk(
  post: Post,
  { serviceId, environment: ownEnvironment }: Pick<AuthOptions, 'serviceId' | 'environment'>,
): Ask {
  return async (
    { key, scope, clientIp, environment = ownEnvironment },
    leaseRequests,
    timeoutMs,
  ) => {
    const request: ValidateRequest = {
      service_id: serviceId,
      required_scope: scope,
      // Without the field the service would check the address of this process.
      client_ip: (clientIp ?? '').slice(0, MAX_ADDRESS_LENGTH),
      environment,
      lease_requests: leaseRequests,
    };
    return readAnswer(await post('api/v1/keys/validate', key, request, timeoutMs), leaseRequests);
  };
}

/** @throws AuthUnavailable if the answer is no decision */
function readAnswer(answer: HttpAnswer, leaseRequests: number | undefined): Answer {
  const { status } = answer;
  if (status !== 200 && status !== 401 && status !== 429) throw unusable(answer);
  const body = readJson(answer);
  const headers = headersOf(answer.headers);
  if (status === 200) {
    if (!isValidKey(body)) throw unusable(answer);
    const { is_valid: _, lease, ...grant } = body;
    const validation = Object.freeze({ valid: true, ...toCamelCase(grant), headers });
    if (leaseRequests === undefined) return { validation };
    return { validation, lease: lease && isUsable(lease, leaseRequests) ? lease : null };
  }
  if (!isRefusal(body)) throw unusable(answer);
  const retryAfter = retryAfterOf(answer.headers);
  const validation = Object.freeze({
    valid: false,
    status,
    code: body.code,
    error: body.error,
    ...(retryAfter !== undefined && { retryAfter }),
    headers,
  });
  return { validation };
}

/** The rest of a body is the service's to get right; a proxy's page fails here. */
function isValidKey(body: object): body is ValidKey {
  return 'is_valid' in body && body.is_valid === true && 'key_id' in body;
}

/** A lease beyond these bounds would outlast changes of the key that the service has confirmed. */
function isUsable({ requests, milliseconds }: LeaseTerms, asked: number): boolean {
  const isCount = Number.isInteger(requests) && requests >= 1 && requests <= asked;
  return isCount && milliseconds >= 1 && milliseconds <= MAX_LEASE_MS;
}

function isRefusal(body: object): body is RefusedKey | LimitedKey {
  return 'is_valid' in body && body.is_valid === false && 'code' in body;
}

function headersOf(headers: Headers): AnswerHeaders {
  const present = HEADERS.map((name) => [name, headers.get(name)]).filter(([, value]) => value);
  return Object.freeze(Object.fromEntries(present));
}
