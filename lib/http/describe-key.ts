import { isInactive, rotationDueAt } from '../domain/key-state.ts';
import type { KeyRecord } from '../domain/record.ts';
import { type AddressTimes, latestAddresses } from '../domain/used-from.ts';
import type { KeyInfo } from './schemas/answers/keys.ts';

interface DescribedKey {
  readonly record: KeyRecord;
  /** Absent for a new key. */
  readonly usedFrom?: AddressTimes;
}

/** Returns the `APIKeyInfo` of the wire: all fields of a key except its verifiers. */
export function describeKey({ record, usedFrom = {} }: DescribedKey, now: Date): KeyInfo {
  return {
    key_id: record.key_id,
    name: record.name,
    key_prefix: record.key_prefix,
    user_id: record.user_id,
    service_id: record.service_id,
    scopes: record.scopes,
    environment: record.environment,
    is_active: !isInactive(record, now),
    rate_limit_per_hour: record.rate_limit_per_hour,
    monthly_prediction_limit: record.monthly_prediction_limit,
    overage_allowed: record.overage_allowed,
    billing_plan: record.billing_plan,
    use_case: record.use_case,
    allowed_ips: record.allowed_ips,
    created_at: record.created_at,
    expires_at: record.expires_at,
    last_used_at: record.last_used_at,
    rotation_due_at: rotationDueAt(record),
    rotated_to: record.rotated_to,
    rotated_from: record.rotated_from,
    revoked_at: record.revoked_at ?? record.grace_ends_at,
    suspended_at: record.suspended_at,
    used_from: record.grace_ends_at === null ? null : latestAddresses(usedFrom),
  };
}
