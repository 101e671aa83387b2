import type { Allowlist } from './allowlist.ts';
import { isExpired, isInactive } from './key-state.ts';
import type { Lease } from './lease.ts';
import type { RateLimit } from './limits.ts';
import type { KeyRecord } from './record.ts';

/**
 * The reasons to refuse a key, in the order of the checks. The last two are found by the
 * conditional write.
 */
export type RefusalCode =
  | 'invalid_key'
  | 'revoked'
  | 'expired'
  | 'service_mismatch'
  | 'environment_mismatch'
  | 'insufficient_scope'
  | 'ip_not_allowed'
  | 'rate_limited'
  | 'monthly_limit_exceeded';

/** The use that a caller wants to make of a key; a field that is absent is not checked. */
export interface ValidationRequest {
  readonly service_id?: string;
  readonly environment?: string;
  readonly required_scope?: string;
  readonly client_ip: string;
}

/** A key whose secret was presented, and its rate limit after the validation. */
export interface VerifiedKey {
  readonly record: KeyRecord;
  readonly rateLimit: RateLimit;
}

/** The outcome of a validation. */
export type Validation =
  | ({
      readonly kind: 'valid';
      /** Undefined if none was asked for or granted. */
      readonly lease: Lease | undefined;
    } & VerifiedKey)
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      /** Absent if the secret was not verified: its sender learns nothing about the key. */
      readonly key?: VerifiedKey;
      /** The end of the window whose limit was reached. */
      readonly until?: Date | undefined;
    };

export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly code: RefusalCode };

const ALLOWED: Decision = { kind: 'allowed' };

/** Decides on a key whose secret has been verified: allowed, or the first reason to refuse it. */
export function decide(
  record: KeyRecord,
  allows: Allowlist,
  request: ValidationRequest,
  now: Date,
): Decision {
  const { service_id, environment, required_scope } = request;
  if (isInactive(record, now)) return refuse('revoked');
  if (isExpired(record, now)) return refuse('expired');
  if (service_id !== undefined && service_id !== record.service_id) {
    return refuse('service_mismatch');
  }
  if (environment !== undefined && environment !== record.environment) {
    return refuse('environment_mismatch');
  }
  if (
    required_scope !== undefined &&
    record.scopes.length > 0 &&
    !record.scopes.includes(required_scope)
  ) {
    return refuse('insufficient_scope');
  }
  return allows(request.client_ip) ? ALLOWED : refuse('ip_not_allowed');
}

function refuse(code: RefusalCode): Decision {
  return { kind: 'refused', code };
}
