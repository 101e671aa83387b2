import type { KeyRecord } from './record.ts';
import { HOUR_MS, monthOf, startOfMonthAfter } from './time.ts';

/** A span of UTC clock time in which something is counted, and its counter on the key's item. */
export interface Window {
  readonly counter: string;
  readonly endsAt: Date;
}

/** Counters by name. The name contains the window, so a new window needs no write to begin. */
export type Counters = Readonly<Record<string, number>>;

/** Returns the window of accepted validations: a UTC clock hour, `requests_2026112318`. */
export function hourWindow(now: Date): Window {
  const hour = now.toISOString().slice(0, 13).replace(/[-T]/g, '');
  return {
    counter: `requests_${hour}`,
    endsAt: new Date((Math.floor(now.getTime() / HOUR_MS) + 1) * HOUR_MS),
  };
}

/** Returns the window of predictions: a UTC month, `predictions_202611`. */
export function monthWindow(now: Date): Window {
  return {
    counter: `predictions_${monthOf(now).replace('-', '')}`,
    endsAt: startOfMonthAfter(now, 1),
  };
}

/** Returns whether an attribute of a key's item is a counter. */
export function isCounter(attribute: string): boolean {
  return /^(requests|predictions)_\d+$/.test(attribute);
}

/**
 * Returns the counters that no request can need any more: those before the previous window. The
 * previous window's counter stays, because a request that began in it may still be on its way. So
 * does that of the next, which a request that began just before it may already find. Without it the
 * count would start again from zero.
 */
export function staleCounters(counters: Counters, now: Date): string[] {
  const oldestNeeded = {
    requests: hourWindow(new Date(now.getTime() - HOUR_MS)).counter,
    predictions: monthWindow(startOfMonthAfter(now, -1)).counter,
  };
  return Object.keys(counters).filter(
    (name) => name < oldestNeeded[name.startsWith('requests_') ? 'requests' : 'predictions'],
  );
}

/** Returns the counters except those of the given names. */
export function omitCounters(counters: Counters, names: readonly string[]): Counters {
  return Object.fromEntries(Object.entries(counters).filter(([name]) => !names.includes(name)));
}

/** Returns the month's predictions at which validation stops, or undefined if nothing stops it. */
export function enforcedMonthlyLimit(record: KeyRecord): number | undefined {
  return record.overage_allowed ? undefined : (record.monthly_prediction_limit ?? undefined);
}

/** Returns the month's predictions; a counter that does not exist yet stands at zero. */
export function monthPredictions(counters: Counters, now: Date): number {
  return counters[monthWindow(now).counter] ?? 0;
}

/** Returns how many predictions are left of the month's limit, or null if there is no limit. */
export function remainingPredictions(record: KeyRecord, predictions: number): number | null {
  const { monthly_prediction_limit: limit } = record;
  return limit && Math.max(0, limit - predictions);
}

/** A limit that has been reached, and the end of its window. */
export interface ReachedLimit {
  readonly code: 'rate_limited' | 'monthly_limit_exceeded';
  readonly until: Date;
}

/** How much of a limit is used in the window of an instant. */
export interface LimitUse<Amount extends number | null = number | null> {
  readonly code: ReachedLimit['code'];
  /** Null, like `remaining`, if there is no limit. */
  readonly limit: Amount;
  readonly used: number;
  readonly remaining: Amount;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** False if the limit is used up but not enforced. */
  readonly isReached: boolean;
}

/** The use of both limits, in the order in which they are checked. */
export interface LimitUses {
  readonly hour: LimitUse<number>;
  readonly month: LimitUse;
}

/** Returns the use of a key's limits, given the counters that count for it. */
export function limitUses(record: KeyRecord, counters: Counters, now: Date): LimitUses {
  const { limit, remaining, resetAt } = rateLimitOf(record, counters, now);
  const predictions = monthPredictions(counters, now);
  return {
    hour: {
      code: 'rate_limited',
      limit,
      used: counters[hourWindow(now).counter] ?? 0,
      remaining,
      startsAt: new Date(resetAt.getTime() - HOUR_MS),
      endsAt: resetAt,
      isReached: remaining === 0,
    },
    month: {
      code: 'monthly_limit_exceeded',
      limit: record.monthly_prediction_limit,
      used: predictions,
      remaining: remainingPredictions(record, predictions),
      startsAt: startOfMonthAfter(now, 0),
      endsAt: monthWindow(now).endsAt,
      isReached: predictions >= (enforcedMonthlyLimit(record) ?? Infinity),
    },
  };
}

/** Returns the limit that the counters have reached, or undefined if there is none. */
export function reachedLimit(
  record: KeyRecord,
  counters: Counters,
  now: Date,
): ReachedLimit | undefined {
  const reached = Object.values(limitUses(record, counters, now)).find((use) => use.isReached);
  return reached && { code: reached.code, until: reached.endsAt };
}

/** The hourly rate limit as a caller sees it. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: Date;
}

/** Returns the hourly rate limit of a key with these counters. */
export function rateLimitOf(record: KeyRecord, counters: Counters, now: Date): RateLimit {
  const hour = hourWindow(now);
  return {
    limit: record.rate_limit_per_hour,
    remaining: Math.max(0, record.rate_limit_per_hour - (counters[hour.counter] ?? 0)),
    resetAt: hour.endsAt,
  };
}
