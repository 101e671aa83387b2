import { type Position, positionOf } from './key-filter.ts';
import { isInUse } from './key-state.ts';
import { findingsOf, KEY_CHECKS, type KeyCheck, unusedDays, unusedSince } from './posture.ts';
import type { KeyRecord } from './record.ts';
import { DAY_MS } from './time.ts';

/** The keys of a check that the report names; it links to the rest. */
export const NAMED = 10;

/** The fields by which the report names a key. */
export type NamedKey = Pick<KeyRecord, 'key_id' | 'name' | 'key_prefix'>;

/** What the daily run has found so far, or at its end. Its size does not depend on the keys. */
export interface Summary {
  /** The keys that can be used. */
  readonly keys: number;
  /** Keys in their grace period that were used within the last 24 hours. */
  readonly used_in_grace: number;
  readonly checks: Readonly<Record<KeyCheck, FoundKeys>>;
}

export interface FoundKeys {
  readonly count: number;
  /** The newest of them, at most {@link NAMED}. */
  readonly newest: readonly NamedKey[];
}

/** A key that has not been used since a time. */
export interface UnusedKey extends Position {
  readonly since: string;
}

/** The keys of a page by what was found about them, in the order of the listing. */
export interface PageFindings {
  readonly found: Readonly<Record<KeyCheck, readonly Position[]>>;
  /** The keys that were not used for a day or more. */
  readonly unused: readonly UnusedKey[];
}

export const EMPTY_SUMMARY: Summary = {
  keys: 0,
  used_in_grace: 0,
  checks: byCheck(() => ({ count: 0, newest: [] })),
};

/**
 * Assesses a page of keys and adds it to the summary of the pages before it.
 * @param now the time of the run, the same for all its pages
 */
export function assessPage(
  before: Summary,
  records: readonly KeyRecord[],
  now: Date,
): { summary: Summary; findings: PageFindings } {
  const assessed = records.filter((key) => isInUse(key, now));
  const found = byCheck<KeyRecord[]>(() => []);
  for (const key of assessed) for (const check of findingsOf(key, now)) found[check].push(key);
  const summary = {
    keys: before.keys + assessed.length,
    used_in_grace:
      before.used_in_grace + found.in_grace.filter((key) => usedToday(key, now)).length,
    checks: byCheck((check) => addFound(before.checks[check], found[check])),
  };
  const unused = assessed
    .filter((key) => unusedDays(key, now) >= 1)
    .map((key) => ({ ...positionOf(key), since: unusedSince(key) }));
  return { summary, findings: { found: byCheck((check) => found[check].map(positionOf)), unused } };
}

function byCheck<T>(of: (check: KeyCheck) => T): Record<KeyCheck, T> {
  const entries = KEY_CHECKS.map((check) => [check, of(check)]);
  return Object.fromEntries(entries);
}

function addFound({ count, newest }: FoundKeys, keys: readonly KeyRecord[]): FoundKeys {
  const more = keys.slice(0, NAMED - newest.length);
  const named = more.map(({ key_id, name, key_prefix }) => ({ key_id, name, key_prefix }));
  return { count: count + keys.length, newest: [...newest, ...named] };
}

function usedToday({ last_used_at }: KeyRecord, now: Date): boolean {
  return last_used_at !== null && now.getTime() - Date.parse(last_used_at) < DAY_MS;
}
