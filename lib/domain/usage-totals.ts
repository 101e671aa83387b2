import { startOfMonthAfter } from './time.ts';

/** Dollars for each prediction over the monthly limit. */
const OVERAGE_PRICE = 0.001;

export interface Totals {
  readonly requests: number;
  readonly predictions: number;
  readonly compute_ms: number;
  readonly response_time_ms: number;
}

/** The usage of a key in a month. */
export interface MonthTotals extends Totals {
  readonly errors: number;
  readonly endpoints: readonly EndpointCount[];
  /** When the newest report of the last batch was received; null: there is none yet. */
  readonly as_of: string | null;
}

export interface EndpointCount {
  readonly endpoint: string;
  readonly count: number;
}

export const NO_USAGE: Totals = { requests: 0, predictions: 0, compute_ms: 0, response_time_ms: 0 };

/** Adds two totals; quantities have three decimals, and so have their sums. */
export function addTotals(a: Totals, b: Totals): Totals {
  return {
    requests: a.requests + b.requests,
    predictions: a.predictions + b.predictions,
    compute_ms: toThousandths(a.compute_ms + b.compute_ms),
    response_time_ms: toThousandths(a.response_time_ms + b.response_time_ms),
  };
}

/** Rounds to three decimals, so that sums of quantities are exact. */
export function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Returns the price of the predictions over the limit, in dollars; without a limit it is 0. */
export function overageCharges(predictions: number, limit: number | null): number {
  const over = Math.max(0, predictions - (limit ?? predictions));
  return Number((over * OVERAGE_PRICE).toFixed(3));
}

/** Returns the start of the next UTC month, to the second: `2026-12-01T00:00:00Z`. */
export function nextBillingDate(now: Date): string {
  return startOfMonthAfter(now, 1).toISOString().replace('.000Z', 'Z');
}
