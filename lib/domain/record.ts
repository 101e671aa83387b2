import type { Environment } from './key.ts';
import { daysLater } from './time.ts';
import type { UseCase } from './use-case.ts';

/** The settings of a key that an administrator chooses. */
export interface KeyConfiguration {
  readonly name: string;
  readonly user_id: string;
  readonly service_id: string;
  readonly environment: Environment;
  /** Empty: full access within the service. */
  readonly scopes: readonly string[];
  readonly rate_limit_per_hour: number;
  readonly monthly_prediction_limit: number | null;
  readonly overage_allowed: boolean;
  readonly billing_plan: string;
  readonly use_case: UseCase | null;
  /** Addresses and CIDR ranges as they were given; null: any address. */
  readonly allowed_ips: readonly string[] | null;
  /** Kept beside `expires_at`, because a rotation starts the same span afresh. */
  readonly expires_in_days: number | null;
}

/**
 * A key as the table holds it, without its verifiers and counters. The names are those of the wire,
 * so that nothing is renamed between table, record and answer. Times are ISO 8601 in UTC with
 * milliseconds: as strings they sort in the order of time.
 */
export interface KeyRecord extends KeyConfiguration {
  readonly key_id: string;
  readonly key_prefix: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly rotated_from: string | null;
  readonly rotated_to: string | null;
  /**
   * The time of the revocation. A key is revoked if it is set, whatever the time: a clock that runs
   * behind must not let the key in for as long as it lags.
   */
  readonly revoked_at: string | null;
  /** Since when an administrator has suspended the key, which may be resumed. */
  readonly suspended_at: string | null;
  /** Until when a rotated key stays valid. */
  readonly grace_ends_at: string | null;
  /** Rises with every change; a validation counts only if the key is still the version it read. */
  readonly version: number;
}

/**
 * The fields that may change after a key's creation; `expires_at` moves with `expires_in_days`.
 */
export type KeyChanges = Partial<
  Omit<KeyConfiguration, 'user_id' | 'service_id' | 'environment'> &
    Pick<KeyRecord, 'expires_at' | 'suspended_at'>
>;

/**
 * Makes the record of a key that is created at `now`.
 * @param predecessor the key that it replaces. A suspension passes on: a rotation must not end it
 */
export function newRecord(
  identity: Pick<KeyRecord, 'key_id' | 'key_prefix'>,
  configuration: KeyConfiguration,
  now: Date,
  predecessor?: Pick<KeyRecord, 'key_id' | 'suspended_at'>,
): KeyRecord {
  return {
    ...configuration,
    ...identity,
    created_at: now.toISOString(),
    expires_at: daysLater(now, configuration.expires_in_days),
    last_used_at: null,
    rotated_from: predecessor?.key_id ?? null,
    rotated_to: null,
    revoked_at: null,
    suspended_at: predecessor?.suspended_at ? now.toISOString() : null,
    grace_ends_at: null,
    version: 1,
  };
}
