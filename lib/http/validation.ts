import type { RefusalCode, Validation } from '../domain/decide.ts';
import { type ApiKey, foreignLabelsOf, isOurs, labelsOf } from '../domain/key.ts';
import { validUntil } from '../domain/key-state.ts';
import type { RateLimit } from '../domain/limits.ts';
import type { KeyRecord } from '../domain/record.ts';
import type { Measurement } from '../runtime/metrics.ts';
import { isRealMismatch, type LogFields, type Reply } from './reply.ts';
import type { Call } from './request.ts';
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
const REFUSALS: Record<RefusalCode, { status: 401 | 429; error: string }> = {
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

/** Makes the answer to a validation. The answer for a refused key contains none of its record. */
export function validationReply(
  validation: Validation,
  presented: ApiKey | undefined,
  now: Date,
): Reply {
  const key = validation.kind === 'valid' ? validation : validation.key;
  const headers = key ? rateLimitHeaders(key.rateLimit, now) : {};
  // A key that was not verified is logged as well.
  const log = { ...(presented && labelsOf(presented)), service_id: key?.record.service_id };
  if (validation.kind === 'valid') {
    const { record, rateLimit } = validation;
    return { status: 200, headers, body: { is_valid: true, ...grant(record, rateLimit) }, log };
  }
  const { code, until } = validation;
  const { status, error } = REFUSALS[code];
  return {
    status,
    headers: { ...headers, ...(until && { 'Retry-After': secondsUntil(until, now) }) },
    body: { is_valid: false, ...grant(), error, code },
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
      Validations: 1,
      // Not for other answers: as zeros, a flood of them would lower the average and hide failures.
      ...((status === 200 || status === 401) && { FailedValidations: status === 401 ? 1 : 0 }),
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

/** Returns the fields that a valid key grants; without a key, all of them null. */
function grant(record?: KeyRecord, rateLimit?: RateLimit) {
  return {
    key_id: record?.key_id ?? null,
    user_id: record?.user_id ?? null,
    service_id: record?.service_id ?? null,
    scopes: record?.scopes ?? null,
    rate_limit_per_hour: record?.rate_limit_per_hour ?? null,
    billing_plan: record?.billing_plan ?? null,
    monthly_prediction_limit: record?.monthly_prediction_limit ?? null,
    environment: record?.environment ?? null,
    expires_at: record ? validUntil(record) : null,
    rate_limit: rateLimit
      ? {
          limit: rateLimit.limit,
          remaining: rateLimit.remaining,
          reset_at: rateLimit.resetAt.toISOString(),
        }
      : null,
  };
}

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
