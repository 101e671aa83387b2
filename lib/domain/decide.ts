import type { Allowlist } from './allowlist.ts';
import type { RateLimit } from './limits.ts';
import { isExpired, isRevoked, type KeyRecord } from './record.ts';

/** Why a key is refused. The order is the order of the checks; a limit is proven by the store alone. */
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

/** What the caller wants the key for; what is absent is not asked. */
export interface ValidationRequest {
  readonly service_id?: string;
  readonly environment?: string;
  readonly required_scope?: string;
  readonly client_ip: string;
}

/** The outcome of a validation. A refusal tells more only when the secret was proven. */
export type Validation =
  | { readonly record: KeyRecord; readonly rateLimit: RateLimit }
  | {
      readonly refused: RefusalCode;
      readonly record?: KeyRecord;
      readonly rateLimit?: RateLimit;
      /** When the limit that was reached lets go. */
      readonly until?: Date;
    };

/** Decides on a key whose secret has been proven. Returns the first reason to refuse it, or undefined. */
export function decide(
  record: KeyRecord,
  allows: Allowlist,
  request: ValidationRequest,
  now: Date,
): RefusalCode | undefined {
  const { service_id, environment, required_scope } = request;
  if (isRevoked(record, now)) return 'revoked';
  if (isExpired(record, now)) return 'expired';
  if (service_id !== undefined && service_id !== record.service_id) return 'service_mismatch';
  if (environment !== undefined && environment !== record.environment) {
    return 'environment_mismatch';
  }
  if (
    required_scope !== undefined &&
    record.scopes.length > 0 &&
    !record.scopes.includes(required_scope)
  ) {
    return 'insufficient_scope';
  }
  if (!allows(request.client_ip)) return 'ip_not_allowed';
  return undefined;
}
