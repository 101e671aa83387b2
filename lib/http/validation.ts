import type { RefusalCode, Validation } from '../domain/decide.ts';
import { type ApiKey, foreignLabelsOf, isOurs, labelsOf } from '../domain/key.ts';
import { validUntil } from '../domain/key-state.ts';
import type { RateLimit } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { Measurement } from '../runtime/metrics.ts';
import type { ReplyTo } from './openapi/operations.ts';
import { isRealMismatch, type LogFields, type Reply } from './reply.ts';
import type { Call } from './request.ts';
import type { Grant, NoGrant } from './schemas/answers/validation.ts';
import type { ValidateBody } from './schemas/validation.ts';

/**
 * Returns the key that a request presents. A bearer token of another kind, such as a user's JWT
 * that an application forwards, is used only if no other field has a key.
 */
export function presentedKey({
  authorization,
  apiKeyHeader,
  body: { api_key },
}: Call<ValidateBody>): string | undefined {
  const bearer = authorization.kind === 'bearer' ? authorization.token : undefined;
  if (bearer && isOurs(bearer)) return bearer;
  return apiKeyHeader || api_key || bearer;
}

/** Never 403: callers take any status other than 200, 401 and 429 for an outage. */
export const REFUSALS: Record<RefusalCode, { status: 401 | 429; error: string }> = {
  invalid_key: { status: 401, error: 'Invalid API key' },
  revoked: { status: 401, error: 'API key is inactive or has been revoked' },
  expired: { status: 401, error: 'API key has expired' },
  service_mismatch: { status: 401, error: 'Key not authorized for this service' },
  environment_mismatch: { status: 401, error: 'Key not authorized for this environment' },
  insufficient_scope: { status: 401, error: 'Key does not have required scope' },
  ip_not_allowed: { status: 401, error: 'IP address not in allowlist' },
  rate_limited: { status: 429, error: 'Rate limit exceeded' },
  monthly_limit_exceeded: { status: 429, error: 'Monthly prediction limit exceeded' },
};

/**
 * Makes the answer to a validation. The answer for a refused key contains none of its record.
 * @param asksForLease whether a valid answer says which lease was granted
 */
export function validationReply(
  validation: Validation,
  presented: ApiKey | undefined,
  asksForLease: boolean,
  now: Date,
): ReplyTo<'POST /api/v1/keys/validate'> {
  const key = validation.kind === 'valid' ? validation : validation.key;
  const headers = key && rateLimitHeaders(key.rateLimit, now);
  if (validation.kind === 'valid') {
    const { record, rateLimit, lease = null } = validation;
    // Few fields: nearly all lines of the log are of this kind.
    const { key_id, service_id } = record;
    const log = { key_id, service_id };
    const body = {
      is_valid: true,
      ...grant(record, rateLimit),
      ...(asksForLease && { lease }),
    } as const;
    return { status: 200, headers, body, log: lease ? { ...log, lease } : log };
  }
  const { code, until } = validation;
  // A key that was not verified is logged as well.
  const log = { ...(presented && labelsOf(presented)), service_id: key?.record.service_id };
  const { status, error } = REFUSALS[code];
  return {
    status,
    headers: { ...headers, ...(until && { 'Retry-After': secondsUntil(until, now) }) },
    body: { is_valid: false, ...NO_GRANT, error, code },
    code,
    log: code === 'environment_mismatch' ? withChecksum(log, presented) : log,
  };
}

function withChecksum(log: LogFields, presented: ApiKey | undefined): LogFields {
  return presented ? { ...log, ...foreignLabelsOf(presented) } : log;
}

/** Returns the metrics of a validation, including one that failed with an error. */
export function measureValidation(reply: Reply, durationMs: number): Measurement {
  const { status, code = 'valid', log } = reply;
  return {
    values: {
      ...(status === 401 && { FailedValidations: 1 }),
      ...(isRealMismatch(reply) && { EnvironmentMismatches: 1 }),
      ValidationLatency: durationMs,
    },
    dimensions: {
      outcome: code,
      // The key's own service, chosen by an administrator; a caller could ask for any.
      service_id: log?.service_id ?? 'unknown',
    },
  };
}

/** Returns the fields that a valid key grants. */
function grant(record: KeyRecord, { limit, remaining, resetAt }: RateLimit): Grant {
  return {
    key_id: record.key_id,
    user_id: record.user_id,
    service_id: record.service_id,
    scopes: record.scopes,
    rate_limit_per_hour: record.rate_limit_per_hour,
    billing_plan: record.billing_plan,
    monthly_prediction_limit: record.monthly_prediction_limit,
    environment: record.environment,
    expires_at: validUntil(record),
    rate_limit: { limit, remaining, reset_at: resetAt.toISOString() },
  };
}

/** The fields of a grant in the answer for a refused key. */
export const NO_GRANT: NoGrant = {
  key_id: null,
  user_id: null,
  service_id: null,
  scopes: null,
  rate_limit_per_hour: null,
  billing_plan: null,
  monthly_prediction_limit: null,
  environment: null,
  expires_at: null,
  rate_limit: null,
};

/** Returns the header fields of draft-ietf-httpapi-ratelimit-headers. */
function rateLimitHeaders({ limit, remaining, resetAt }: RateLimit, now: Date) {
  return {
    'RateLimit-Policy': `"hour";q=${limit};w=3600`,
    RateLimit: `"hour";r=${remaining};t=${secondsUntil(resetAt, now)}`,
  };
}

/** Returns whole seconds, rounded up, so that a retry after them is not too early. */
function secondsUntil(instant: Date, now: Date): string {
  return String(Math.ceil((instant.getTime() - now.getTime()) / 1000));
}
