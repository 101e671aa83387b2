import * as z from 'zod/mini';
import type { RefusalCode, Validation } from '../domain/decide.ts';
import { type ApiKey, foreignLabelsOf, isOurs, labelsOf } from '../domain/key.ts';
import type { RateLimit } from '../domain/limits.ts';
import { type KeyRecord, validUntil } from '../domain/record.ts';
import type { Measurement } from '../runtime/metrics.ts';
import { isRealMismatch, type Reply } from './reply.ts';
import type { Call } from './request.ts';
import { anyText, body } from './schemas/fields.ts';

/** The body of a validation. What is compared is compared as it is, so any text will do. */
export const validateBody = z.partial(
  body({
    api_key: anyText,
    service_id: anyText,
    required_scope: anyText,
    client_ip: anyText,
    environment: anyText,
  }),
);

/**
 * The key that a request presents. A bearer token of another kind, such as a user's JWT that an
 * application forwards, gives way to a key that is presented beside it.
 */
export function presentedKey({
  bearer,
  apiKeyHeader,
  body: { api_key },
}: Call<z.output<typeof validateBody>>): string | undefined {
  if (bearer && isOurs(bearer)) return bearer;
  return apiKeyHeader || api_key || bearer;
}

/** Never 403: callers read any status but 200, 401 and 429 as an outage. */
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

/** The answer to a validation. A refused key's answer holds none of its record. */
export function validationReply(
  validation: Validation,
  presented: ApiKey | undefined,
  now: Date,
): Reply {
  const { record, rateLimit } = validation;
  // Also of a key that was not proven.
  const log = { ...(presented && labelsOf(presented)), service_id: record?.service_id };
  const headers = rateLimit ? rateLimitHeaders(rateLimit, now) : {};
  if ('refused' in validation) {
    const { refused: code, until } = validation;
    const { status, error } = REFUSALS[code];
    return {
      status,
      headers: { ...headers, ...(until && { 'Retry-After': secondsUntil(until, now) }) },
      body: { is_valid: false, ...grant(), error, code },
      log: {
        ...log,
        ...(code === 'environment_mismatch' && presented && foreignLabelsOf(presented)),
        code,
      },
    };
  }
  return {
    status: 200,
    headers,
    body: { is_valid: true, ...grant(validation.record, validation.rateLimit) },
    log,
  };
}

/** What CloudWatch counts of a validation, also of one that came to no outcome. */
export function measureValidation({ status, log }: Reply, durationMs: number): Measurement {
  return {
    values: {
      Validations: 1,
      // Neither 1 nor 0 for what says nothing of the key, or a flood of it would hide the failures.
      ...((status === 200 || status === 401) && { FailedValidations: status === 401 ? 1 : 0 }),
      ...(isRealMismatch(log) && { EnvironmentMismatches: 1 }),
      ValidationLatency: durationMs,
    },
    dimensions: {
      outcome: String(log?.code ?? 'valid'),
      // The key's, which an administrator chose; what a caller asks for could be anything.
      service_id: String(log?.service_id ?? 'unknown'),
    },
  };
}

/** What a valid key grants; without one, the same fields as null. */
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

/** The header fields of draft-ietf-httpapi-ratelimit-headers. */
function rateLimitHeaders({ limit, remaining, resetAt }: RateLimit, now: Date) {
  return {
    'RateLimit-Policy': `"hour";q=${limit};w=3600`,
    RateLimit: `"hour";r=${remaining};t=${secondsUntil(resetAt, now)}`,
  };
}

/** Whole seconds, rounded up: after that many it is not too early. */
function secondsUntil(instant: Date, now: Date): string {
  return String(Math.ceil((instant.getTime() - now.getTime()) / 1000));
}
