import type { KeyRecord } from './record.ts';

const HOUR_MS = 3_600_000;

/**
 * For how long a container may answer "over the limit" from memory, so that a flood on one key is
 * not a flood on its partition. A change that lifts a limit waits it out before it is confirmed.
 */
export const LIMIT_MEMORY_MS = 1_000;

/** A span of UTC clock time in which something is counted, and the name of its counter on the key's item. */
export interface Window {
  readonly counter: string;
  readonly endsAt: Date;
}

/** Counters by name. The name says the window, so a new window needs no write to begin. */
export type Counters = Readonly<Record<string, number>>;

/** `requests_2026112318`: the accepted validations of a UTC clock hour. */
export function hourWindow(now: Date): Window {
  return {
    counter: `requests_${digits(now, 13)}`,
    endsAt: new Date((Math.floor(now.getTime() / HOUR_MS) + 1) * HOUR_MS),
  };
}

/** `predictions_202611`: the predictions of a UTC month. */
export function monthWindow(now: Date): Window {
  return {
    counter: `predictions_${digits(now, 7)}`,
    endsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)),
  };
}

export function isCounter(attribute: string): boolean {
  return /^(requests|predictions)_\d+$/.test(attribute);
}

/**
 * The counters that no request can need any more: those before the previous window. A request that
 * began in that one may still be on its way, and one that began just before a window's end may meet
 * the next one's counter; removing either would let the count start again from zero.
 */
export function staleCounters(counters: Counters, now: Date): string[] {
  const oldestNeeded = {
    requests: hourWindow(new Date(now.getTime() - HOUR_MS)).counter,
    predictions: monthWindow(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)))
      .counter,
  };
  return Object.keys(counters).filter(
    (name) => name < oldestNeeded[name.startsWith('requests_') ? 'requests' : 'predictions'],
  );
}

/** The month's predictions at which validation stops; undefined when nothing stops it. */
export function enforcedMonthlyLimit(record: KeyRecord): number | undefined {
  return record.overage_allowed ? undefined : (record.monthly_prediction_limit ?? undefined);
}

/** The month's predictions; a counter that does not exist yet stands at zero. */
export function monthPredictions(counters: Counters, now: Date): number {
  return counters[monthWindow(now).counter] ?? 0;
}

/** How many predictions are left of the month's limit; null: there is no limit. */
export function remainingPredictions(record: KeyRecord, predictions: number): number | null {
  const { monthly_prediction_limit: limit } = record;
  return limit && Math.max(0, limit - predictions);
}

/** A limit that has been reached, and when it lets go. */
export interface Exhausted {
  readonly code: 'rate_limited' | 'monthly_limit_exceeded';
  readonly until: Date;
}

/** Which limit the counters have reached, if any. */
export function exhaustedLimit(
  record: KeyRecord,
  counters: Counters,
  now: Date,
): Exhausted | undefined {
  const hour = hourWindow(now);
  if ((counters[hour.counter] ?? 0) >= record.rate_limit_per_hour) {
    return { code: 'rate_limited', until: hour.endsAt };
  }
  if (monthPredictions(counters, now) >= (enforcedMonthlyLimit(record) ?? Infinity)) {
    return { code: 'monthly_limit_exceeded', until: monthWindow(now).endsAt };
  }
  return undefined;
}

/** The hourly rate limit as a caller sees it. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: Date;
}

export function rateLimitOf(record: KeyRecord, counters: Counters, now: Date): RateLimit {
  const hour = hourWindow(now);
  return {
    limit: record.rate_limit_per_hour,
    remaining: Math.max(0, record.rate_limit_per_hour - (counters[hour.counter] ?? 0)),
    resetAt: hour.endsAt,
  };
}

/** The first `length` characters of the ISO form, separators dropped: 13 is the hour, 7 the month. */
function digits(now: Date, length: number): string {
  return now.toISOString().slice(0, length).replace(/[-T]/g, '');
}
