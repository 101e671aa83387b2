import type { Check, Finding, KeyCheck } from './posture.ts';
import { type FoundKeys, NAMED, type NamedKey, type Summary } from './posture-summary.ts';
import { DAY_MS } from './time.ts';

export const STATUSES = ['ok', 'attention', 'problem'] as const;
export type Status = (typeof STATUSES)[number];

/** A count that is exact, or the least that it can be. */
export interface Tally {
  readonly count: number;
  readonly isMinimum: boolean;
}

/** What the report is made from. */
export interface PostureFacts {
  /** Undefined before the first daily run has completed. */
  readonly summary: Summary | undefined;
  /** Ended keys that were presented within the last 7 days. */
  readonly ended: Tally & Pick<FoundKeys, 'newest'>;
  /** Refused requests of the last 24 hours. */
  readonly foreignKeys: Tally;
  readonly adminFailures: Tally;
  /** When the values in use were made; undefined if it is unknown. */
  readonly adminTokenFrom: Date | undefined;
  readonly pepperFrom: Date | undefined;
  readonly adminTokenRotationDays: number;
}

export interface CheckResult {
  readonly check: Check;
  readonly status: Status;
  /** Keys, requests or days; null if it is unknown. */
  readonly count: number | null;
  readonly message: string;
  readonly keys: readonly NamedKey[];
}

/** From so many refused requests of administrators in 24 hours on, somebody guesses. */
const MANY_ADMIN_FAILURES = 100;
/** The days by which a rotation may be late: Secrets Manager has retried it meanwhile. */
const LATE_DAYS = 1;
const VERY_LATE_DAYS = 7;
const PEPPER_DAYS = 365;

const NOT_ASSESSED =
  'Not known yet: the daily check of all keys completes within 15 minutes of a deployment.';

interface FindingText {
  /** The status if there is such a key. */
  readonly status: Exclude<Status, 'ok'>;
  readonly keys: string;
  readonly advice: string;
}

const TEXTS: Record<Finding, FindingText> = {
  rotation_overdue: {
    status: 'problem',
    keys: 'Keys past their rotation date',
    advice: 'Rotate each with a grace period.',
  },
  rotation_due_soon: {
    status: 'attention',
    keys: 'Keys due for rotation within 14 days',
    advice: 'Plan their rotation.',
  },
  no_scopes: {
    status: 'attention',
    keys: 'Keys without scopes, which may do everything within their service',
    advice: 'Give each the scopes that it needs.',
  },
  no_allowlist: {
    status: 'attention',
    keys: 'Keys of servers without an allowlist',
    advice: 'List the addresses that each is used from.',
  },
  open_allowlist: {
    status: 'problem',
    keys: 'Keys whose allowlist admits every IPv4 or every IPv6 address',
    advice: 'List the addresses that each is used from.',
  },
  wide_allowlist: {
    status: 'attention',
    keys: 'Keys whose allowlist admits more than 65,536 IPv4 addresses',
    advice: 'Narrow the ranges.',
  },
  limit_outside_band: {
    status: 'attention',
    keys: 'Keys whose hourly limit is unusual for their use case',
    advice: 'Change the limit or the use case.',
  },
  never_used: {
    status: 'attention',
    keys: 'Keys that were created 30 days ago or earlier and never used',
    advice: 'Revoke those that nobody needs.',
  },
  unused_90_days: {
    status: 'attention',
    keys: 'Keys that were not used for 90 days',
    advice: 'Revoke those that nobody needs.',
  },
  in_grace: {
    status: 'attention',
    keys: 'Rotated keys in their grace period',
    advice: 'Revoke each once its callers use the new key.',
  },
  ended_key_presented: {
    status: 'attention',
    keys: 'Rotated or revoked keys that were presented in the last 7 days',
    advice: 'Find the callers in the log of ValidateKey by the key_id.',
  },
};

/** Makes the report: one result for each check, in the order of the checks. */
export function postureReport(facts: PostureFacts, now: Date): CheckResult[] {
  const { summary, ended, foreignKeys, adminFailures } = facts;
  const ofKeys = (check: KeyCheck, more?: string) =>
    summary ? foundKeys(check, exactly(summary.checks[check]), more) : unknown(check);
  const usedInGrace = summary && `Used in the 24 hours before the check: ${summary.used_in_grace}.`;
  return [
    ofKeys('rotation_overdue'),
    ofKeys('rotation_due_soon'),
    ofKeys('no_scopes'),
    ofKeys('no_allowlist'),
    ofKeys('open_allowlist'),
    ofKeys('wide_allowlist'),
    ofKeys('limit_outside_band'),
    ofKeys('never_used'),
    ofKeys('unused_90_days'),
    ofKeys('in_grace', usedInGrace),
    foundKeys('ended_key_presented', ended),
    {
      ...requests('foreign_environment', foreignKeys, 1, Infinity),
      message: `Keys presented in the wrong environment in the last 24 hours: ${numberOf(foreignKeys)}.`,
    },
    {
      ...requests('admin_failures', adminFailures, 1, MANY_ADMIN_FAILURES),
      message: `Requests with wrong credentials of an administrator in the last 24 hours: ${numberOf(adminFailures)}.`,
    },
    tokenAge(facts, now),
    pepperAge(facts.pepperFrom, now),
  ];
}

const exactly = (found: FoundKeys) => ({ ...found, isMinimum: false });

function foundKeys(
  check: Finding,
  found: Tally & Pick<FoundKeys, 'newest'>,
  more?: string,
): CheckResult {
  const { status, keys, advice } = TEXTS[check];
  const { count, newest } = found;
  if (count === 0 && !found.isMinimum)
    return { check, status: 'ok', count, message: `${keys}: 0.`, keys: [] };
  const sentences = [`${keys}: ${numberOf(found)}.`, ...(more ? [more] : []), advice];
  return { check, status, count, message: sentences.join(' '), keys: newest.slice(0, NAMED) };
}

function unknown(check: Check, message = NOT_ASSESSED): CheckResult {
  return { check, status: 'attention', count: null, message, keys: [] };
}

function requests(check: Check, { count }: Tally, some: number, many: number) {
  return { check, status: statusOf(count, some, many), count, keys: [] };
}

function tokenAge(facts: PostureFacts, now: Date): CheckResult {
  const { adminTokenFrom, adminTokenRotationDays: interval } = facts;
  if (!adminTokenFrom) return unknown('admin_token_age', 'The age of the admin token is unknown.');
  const count = daysSince(adminTokenFrom, now);
  const message = `The admin token is ${days(count)} old, and is rotated every ${days(interval)}.`;
  const status = statusOf(count, interval + LATE_DAYS, interval + VERY_LATE_DAYS);
  return { check: 'admin_token_age', status, count, message, keys: [] };
}

function pepperAge(from: Date | undefined, now: Date): CheckResult {
  if (!from) return unknown('pepper_age', 'The age of the pepper is unknown.');
  const count = daysSince(from, now);
  const message = `The pepper is ${days(count)} old; renew it once a year.`;
  const status = statusOf(count, PEPPER_DAYS, Infinity);
  return { check: 'pepper_age', status, count, message, keys: [] };
}

function statusOf(value: number, attention: number, problem: number): Status {
  if (value >= problem) return 'problem';
  return value >= attention ? 'attention' : 'ok';
}

/** Returns whole days; a secret that was made after the request was received is 0 days old. */
function daysSince(from: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - from.getTime()) / DAY_MS));
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function numberOf({ count, isMinimum }: Tally): string {
  return isMinimum ? `at least ${count}` : String(count);
}
