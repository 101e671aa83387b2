import type { Environment } from './key.ts';

const DAY_MS = 86_400_000;

/** For how long after its end a key still reports what was served for it before. */
const LATE_REPORT_MS = 10 * 60_000;

/** How many days a key may live before it is due for rotation. */
const ROTATION_DAYS: Record<Environment, number | null> = {
  production: 90,
  test: 180,
  development: null,
};

/** What an administrator decides about a key. */
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
  /** Addresses and CIDR ranges as they were given; null: any address. */
  readonly allowed_ips: readonly string[] | null;
  /** Kept beside `expires_at` so that rotation can start the same span afresh. */
  readonly expires_in_days: number | null;
}

/**
 * A key as the table holds it, verifiers and counters apart. The names are those of the wire, so
 * that nothing is renamed between table, record and answer. Times are ISO 8601 in UTC with
 * milliseconds: as strings they sort as they pass.
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
   * When the key was revoked. That it is set is what counts, whatever any clock says: one that runs
   * behind must not let the key in for as long as it lags.
   */
  readonly revoked_at: string | null;
  /** Until when a rotated key stays valid. */
  readonly grace_ends_at: string | null;
  /** Rises with every change of configuration or state; a validation holds only for the version it read. */
  readonly version: number;
}

/** Makes the record of a key that begins its life at `now`. */
export function newRecord(
  identity: Pick<KeyRecord, 'key_id' | 'key_prefix'>,
  configuration: KeyConfiguration,
  now: Date,
  rotatedFrom: string | null = null,
): KeyRecord {
  return {
    ...configuration,
    ...identity,
    created_at: now.toISOString(),
    expires_at: daysLater(now, configuration.expires_in_days),
    last_used_at: null,
    rotated_from: rotatedFrom,
    rotated_to: null,
    revoked_at: null,
    grace_ends_at: null,
    version: 1,
  };
}

/** `days` after `from`; null stays null. */
export function daysLater(from: Date, days: number | null): string | null {
  return days === null ? null : new Date(from.getTime() + days * DAY_MS).toISOString();
}

export function isRevoked(
  record: Pick<KeyRecord, 'revoked_at' | 'grace_ends_at'>,
  now: Date,
): boolean {
  return record.revoked_at !== null || isPast(record.grace_ends_at, now);
}

export function isExpired(record: Pick<KeyRecord, 'expires_at'>, now: Date): boolean {
  return isPast(record.expires_at, now);
}

/** Neither revoked nor expired. */
export function isInUse(
  record: Pick<KeyRecord, 'revoked_at' | 'grace_ends_at' | 'expires_at'>,
  now: Date,
): boolean {
  return !isRevoked(record, now) && !isExpired(record, now);
}

/** When the key is refused from on if nothing happens to it, or has been; null: never. */
export function validUntil(record: KeyRecord): string | null {
  const { expires_at, grace_ends_at, revoked_at } = record;
  const ends = [expires_at, grace_ends_at, revoked_at].filter((instant) => instant !== null);
  return ends.sort()[0] ?? null;
}

/** True for a key in use, and for one that has ended so lately that what it served may not have been reported yet. */
export function mayStillReport(record: KeyRecord, now: Date): boolean {
  const end = validUntil(record);
  return end === null || Date.parse(end) > now.getTime() - LATE_REPORT_MS;
}

function isPast(instant: string | null, now: Date): boolean {
  return instant !== null && instant <= now.toISOString();
}

/** When the key should be replaced by a new one; null in development. */
export function rotationDueAt(
  record: Pick<KeyRecord, 'created_at' | 'environment'>,
): string | null {
  return daysLater(new Date(record.created_at), ROTATION_DAYS[record.environment]);
}

/** The `APIKeyInfo` of the wire: everything about a key but what proves it. */
export function describeKey(record: KeyRecord, now: Date) {
  return {
    key_id: record.key_id,
    name: record.name,
    key_prefix: record.key_prefix,
    user_id: record.user_id,
    service_id: record.service_id,
    scopes: record.scopes,
    environment: record.environment,
    is_active: !isRevoked(record, now),
    rate_limit_per_hour: record.rate_limit_per_hour,
    monthly_prediction_limit: record.monthly_prediction_limit,
    overage_allowed: record.overage_allowed,
    billing_plan: record.billing_plan,
    allowed_ips: record.allowed_ips,
    created_at: record.created_at,
    expires_at: record.expires_at,
    last_used_at: record.last_used_at,
    rotation_due_at: rotationDueAt(record),
    rotated_to: record.rotated_to,
    rotated_from: record.rotated_from,
    revoked_at: record.revoked_at ?? record.grace_ends_at,
  };
}

/** What a listing may be narrowed to. */
export interface KeyFilter {
  readonly service_id?: string;
  readonly environment?: Environment;
  /** Only keys that are neither revoked nor expired. */
  readonly active_only?: boolean;
  /** Only keys in use past their rotation date that have not been rotated yet. */
  readonly rotation_due?: boolean;
}

/** A place in the listing: the key after which the next page begins. */
export type Position = Pick<KeyRecord, 'created_at' | 'key_id'>;

/** What {@link matchesFilter} looks at; the listing index holds exactly these. */
export type FilteredFields = Pick<
  KeyRecord,
  'service_id' | 'environment' | 'created_at' | 'expires_at' | 'revoked_at' | 'grace_ends_at'
>;

export function matchesFilter(key: FilteredFields, filter: KeyFilter, now: Date): boolean {
  const inUse = isInUse(key, now);
  return (
    (filter.service_id === undefined || key.service_id === filter.service_id) &&
    (filter.environment === undefined || key.environment === filter.environment) &&
    (!filter.active_only || inUse) &&
    (!filter.rotation_due ||
      (inUse && key.grace_ends_at === null && isPast(rotationDueAt(key), now)))
  );
}
