import { monthWindow } from './limits.ts';

const TOP_ENDPOINTS = 10;
/** Dollars for each prediction over the monthly limit. */
const OVERAGE_PRICE = 0.001;

/** One request that a service has served for a key. */
export interface Usage {
  readonly service_id: string;
  readonly endpoint: string;
  /** 0: not known yet, as a service that debits before it serves says. */
  readonly status_code: number;
  readonly response_time_ms: number;
  readonly predictions_count: number;
  readonly compute_ms: number;
  readonly model_id?: string;
}

/** Whether predictions are counted in any case, or only within the monthly limit. */
export type Charge = 'record' | 'debit';

/** One report as the log keeps it, for good: it is what is billed. */
export interface LogEntry extends Usage {
  readonly key_id: string;
  /** Tells the reports of a key apart: {@link entryName}. */
  readonly name: string;
  readonly charge: Charge;
  /** When API Gateway received the report. Its UTC day and month are the ones it counts in. */
  readonly at: string;
  /** The request that wrote it: an entry that is there already may be the request's own, of which the answer was lost. */
  readonly request_id: string;
}

export interface Totals {
  readonly requests: number;
  readonly predictions: number;
  readonly compute_ms: number;
  readonly response_time_ms: number;
}

/** What a key has used in a month. */
export interface MonthTotals extends Totals {
  readonly errors: number;
  readonly endpoints: readonly EndpointCount[];
  /** When the newest report of the last batch that was added was received; null: there is none yet. */
  readonly as_of: string | null;
}

export interface EndpointCount {
  readonly endpoint: string;
  readonly count: number;
}

/** The name of a report in its key's log; a caller's idempotency key never meets a request id of ours. */
export function entryName(idempotencyKey: string | undefined, requestId: string): string {
  return idempotencyKey === undefined ? `request#${requestId}` : `report#${idempotencyKey}`;
}

/**
 * True when both would be billed the same. What is measured anew when a report is sent again, such as
 * `response_time_ms`, may differ.
 */
export function isSameReport(a: LogEntry, b: LogEntry): boolean {
  return (
    a.charge === b.charge &&
    a.service_id === b.service_id &&
    a.endpoint === b.endpoint &&
    a.predictions_count === b.predictions_count
  );
}

/** `2026-11`: the UTC month. */
export function monthOf(now: Date): string {
  return now.toISOString().slice(0, 7);
}

/** `2026-11-23`: the UTC day. */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

export function isError(usage: Usage): boolean {
  return usage.status_code >= 400;
}

/** The mean of `sum` over `count`; of nothing it is 0. */
function mean(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}

/** The statistics of a month, as the wire has them. */
export function describeMonth(month: MonthTotals) {
  const byCount = [...month.endpoints].sort(
    (a, b) => b.count - a.count || (a.endpoint < b.endpoint ? -1 : 1),
  );
  return {
    total_requests: month.requests,
    total_predictions: month.predictions,
    total_compute_ms: month.compute_ms,
    average_response_time_ms: mean(month.response_time_ms, month.requests),
    error_rate: mean(month.errors, month.requests),
    top_endpoints: byCount.slice(0, TOP_ENDPOINTS),
    as_of: month.as_of,
  };
}

/** A day's totals of a service, as the wire has them. */
export function describeDay({ requests, predictions, compute_ms, response_time_ms }: Totals) {
  const avg_response_time_ms = mean(response_time_ms, requests);
  return { requests, predictions, compute_ms, avg_response_time_ms };
}

/** What the predictions over the limit cost, in dollars; nothing is over no limit. */
export function overageCharges(predictions: number, limit: number | null): number {
  const over = Math.max(0, predictions - (limit ?? predictions));
  return Number((over * OVERAGE_PRICE).toFixed(3));
}

/** The start of the next UTC month, to the second: `2026-12-01T00:00:00Z`. */
export function nextBillingDate(now: Date): string {
  return `${dayOf(monthWindow(now).endsAt)}T00:00:00Z`;
}

/** The latest of some instants in ISO 8601; null: there is none. */
export function latest(instants: readonly (string | null)[]): string | null {
  return instants.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

/** Adds up totals of the same things; quantities have three decimals, and so have their sums. */
export function addTotals(a: Totals, b: Totals): Totals {
  return {
    requests: a.requests + b.requests,
    predictions: a.predictions + b.predictions,
    compute_ms: toThousandths(a.compute_ms + b.compute_ms),
    response_time_ms: toThousandths(a.response_time_ms + b.response_time_ms),
  };
}

export function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
