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

/** A check of a key whose secret has been verified. */
interface Check {
  readonly check: string;
  readonly code: RefusalCode;
  /** The field of the request that the key is compared with. */
  readonly field?: keyof ValidationRequest;
  readonly refuses: (
    record: KeyRecord,
    request: Partial<ValidationRequest>,
    now: Date,
    allows: Allowlist,
  ) => boolean;
}

const checks = [
  { check: 'active', code: 'revoked', refuses: (record, _, now) => isInactive(record, now) },
  { check: 'expiry', code: 'expired', refuses: (record, _, now) => isExpired(record, now) },
  {
    check: 'service',
    code: 'service_mismatch',
    field: 'service_id',
    refuses: (record, { service_id }) =>
      service_id !== undefined && service_id !== record.service_id,
  },
  {
    check: 'environment',
    code: 'environment_mismatch',
    field: 'environment',
    refuses: (record, { environment }) =>
      environment !== undefined && environment !== record.environment,
  },
  {
    check: 'scope',
    code: 'insufficient_scope',
    field: 'required_scope',
    refuses: ({ scopes }, { required_scope }) =>
      required_scope !== undefined && scopes.length > 0 && !scopes.includes(required_scope),
  },
  {
    check: 'address',
    code: 'ip_not_allowed',
    field: 'client_ip',
    refuses: (_, { client_ip = '' }, __, allows) => !allows(client_ip),
  },
] as const satisfies readonly Check[];

export type DecisionCheck = (typeof checks)[number]['check'];

/** The checks of a key whose secret has been verified, in order. The first that fails decides. */
export const DECISION_CHECKS: readonly (Check & { readonly check: DecisionCheck })[] = checks;

/** Decides on a key whose secret has been verified: allowed, or the first reason to refuse it. */
export function decide(
  record: KeyRecord,
  allows: Allowlist,
  request: ValidationRequest,
  now: Date,
): Decision {
  for (const { code, refuses } of DECISION_CHECKS) {
    if (refuses(record, request, now, allows)) return { kind: 'refused', code };
  }
  return ALLOWED;
}
