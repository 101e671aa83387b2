import { breadthOf } from './allowlist-breadth.ts';
import { isInUse, rotationDueAt } from './key-state.ts';
import type { KeyRecord } from './record.ts';
import { DAY_MS, isPast } from './time.ts';
import { USE_CASES } from './use-case.ts';

/** The checks of single keys, which the daily run makes. */
export const KEY_CHECKS = [
  'rotation_overdue',
  'rotation_due_soon',
  'no_scopes',
  'no_allowlist',
  'open_allowlist',
  'wide_allowlist',
  'limit_outside_band',
  'never_used',
  'unused_90_days',
  'in_grace',
] as const;
export type KeyCheck = (typeof KEY_CHECKS)[number];

/** The checks that find keys, which a listing can show. */
export const FINDINGS = [...KEY_CHECKS, 'ended_key_presented'] as const;
export type Finding = (typeof FINDINGS)[number];

/** All checks, in the order in which they are reported. */
export const CHECKS = [
  ...FINDINGS,
  'foreign_environment',
  'admin_failures',
  'admin_token_age',
  'pepper_age',
] as const;
export type Check = (typeof CHECKS)[number];

const DUE_SOON_DAYS = 14;
/** From this hourly limit on, a key is taken for one that servers use. */
const SERVER_LIMIT = 5_000;
const WIDE_ADDRESSES = 65_536;
const NEVER_USED_DAYS = 30;
const UNUSED_DAYS = 90;

/** Returns what the checks find about a key; nothing about a key that cannot be used. */
export function findingsOf(key: KeyRecord, now: Date): KeyCheck[] {
  if (!isInUse(key, now)) return [];
  const addresses = key.allowed_ips?.length ? breadthOf(key.allowed_ips) : undefined;
  const unused = unusedDays(key, now);
  const found: Record<KeyCheck, boolean> = {
    ...rotationFindings(key, now),
    no_scopes: key.scopes.length === 0,
    no_allowlist: isForServers(key) && !addresses,
    open_allowlist: addresses?.kind === 'open',
    wide_allowlist: addresses?.kind === 'limited' && addresses.ipv4Addresses > WIDE_ADDRESSES,
    limit_outside_band: isOutsideBand(key),
    never_used: key.last_used_at === null && unused >= NEVER_USED_DAYS,
    unused_90_days: key.last_used_at !== null && unused >= UNUSED_DAYS,
    in_grace: key.grace_ends_at !== null,
  };
  return KEY_CHECKS.filter((check) => found[check]);
}

/** Returns the time of the last use of a key, or of its creation if it was never used. */
export function unusedSince(key: Pick<KeyRecord, 'created_at' | 'last_used_at'>): string {
  return key.last_used_at ?? key.created_at;
}

/** Returns for how many days, with fractions, a key has not been used. */
export function unusedDays(key: Pick<KeyRecord, 'created_at' | 'last_used_at'>, now: Date): number {
  return (now.getTime() - Date.parse(unusedSince(key))) / DAY_MS;
}

/** A key that was rotated and is in its grace period needs no other rotation. */
function rotationFindings(key: KeyRecord, now: Date) {
  const due = key.grace_ends_at === null ? rotationDueAt(key) : null;
  const overdue = isPast(due, now);
  const soon = isPast(due, new Date(now.getTime() + DUE_SOON_DAYS * DAY_MS));
  return { rotation_overdue: overdue, rotation_due_soon: soon && !overdue };
}

function isForServers({ use_case, rate_limit_per_hour }: KeyRecord): boolean {
  return use_case === 'internal' || use_case === 'batch' || rate_limit_per_hour >= SERVER_LIMIT;
}

function isOutsideBand({ use_case, rate_limit_per_hour: limit }: KeyRecord): boolean {
  if (use_case === null) return false;
  const { min, max } = USE_CASES[use_case].band;
  return limit < min || limit > max;
}
