import type { Environment } from './key.ts';
import type { KeyRecord } from './record.ts';
import { daysLater, isPast, MINUTE_MS } from './time.ts';
import type { Charge } from './usage-report.ts';

/** For this long after a key has ended, a service may still report what it served before. */
const LATE_REPORT_MS = 10 * MINUTE_MS;

/** Days after its creation at which a key is due for rotation; null: never. */
const ROTATION_DAYS: Record<Environment, number | null> = {
  production: 90,
  test: 180,
  development: null,
};

/** Returns whether a key was revoked, or was rotated and its grace period has ended. */
export function isRevoked(
  record: Pick<KeyRecord, 'revoked_at' | 'grace_ends_at'>,
  now: Date,
): boolean {
  return record.revoked_at !== null || isPast(record.grace_ends_at, now);
}

/**
 * Returns whether a key was revoked or is suspended. Like a revocation, a suspension holds whatever
 * the time.
 */
export function isInactive(
  record: Pick<KeyRecord, 'revoked_at' | 'suspended_at' | 'grace_ends_at'>,
  now: Date,
): boolean {
  return isRevoked(record, now) || record.suspended_at !== null;
}

export function isExpired(record: Pick<KeyRecord, 'expires_at'>, now: Date): boolean {
  return isPast(record.expires_at, now);
}

/** Returns whether a key is neither revoked, suspended nor expired. */
export function isInUse(
  record: Pick<KeyRecord, 'revoked_at' | 'suspended_at' | 'grace_ends_at' | 'expires_at'>,
  now: Date,
): boolean {
  return !isInactive(record, now) && !isExpired(record, now);
}

/** Returns the earliest known time from which the key is refused, or null. */
export function validUntil(record: KeyRecord): string | null {
  const { expires_at, grace_ends_at, revoked_at, suspended_at } = record;
  const ends = [expires_at, grace_ends_at, revoked_at, suspended_at].filter(
    (instant) => instant !== null,
  );
  return ends.sort()[0] ?? null;
}

/**
 * Returns whether usage of a key may be reported. A debit asks whether to serve, so the key must be
 * in use; a record says what was served, so the key may have ended a short time ago.
 */
export function mayReport(record: KeyRecord, charge: Charge, now: Date): boolean {
  return charge === 'debit' ? isInUse(record, now) : mayStillRecord(record, now);
}

/** Returns whether a key is in use, or ended so recently that its last usage may be unreported. */
export function mayStillRecord(record: KeyRecord, now: Date): boolean {
  const end = validUntil(record);
  return end === null || Date.parse(end) > now.getTime() - LATE_REPORT_MS;
}

/** Returns when the key should be replaced by a new one; null in development. */
export function rotationDueAt(
  record: Pick<KeyRecord, 'created_at' | 'environment'>,
): string | null {
  return daysLater(new Date(record.created_at), ROTATION_DAYS[record.environment]);
}
