import { createHash } from 'node:crypto';
import { monthWindow } from './limits.ts';

/** A month counts this many endpoints by name, so that its items stay few; the others are counted as `other`. */
const MAX_ENDPOINTS = 200;
const OTHER_ENDPOINTS = 'other';

/** Two names share a mark of this length once in some thousand months, and then count as one of the 200. */
const MARK_LENGTH = 4;

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

/** What an endpoint's name is remembered by. */
export function endpointMark(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url').slice(0, MARK_LENGTH);
}

/** What a batch of reports adds to a month of a key. */
export interface MonthSum {
  readonly keyId: string;
  readonly month: string;
  totals: Totals;
  /** When the newest of them was received. */
  asOf: string;
  errors: number;
  readonly endpoints: Map<string, number>;
  /** The marks of all endpoints that the month names, those of this batch included. */
  readonly marks: Set<string>;
  /** The marks that this batch adds. */
  readonly newMarks: Set<string>;
}

/** What a batch of reports adds to a day of a service. */
export interface DaySum {
  readonly service: string;
  readonly day: string;
  totals: Totals;
  asOf: string;
}

const NOTHING: Totals = { requests: 0, predictions: 0, compute_ms: 0, response_time_ms: 0 };

/** Reports added up by month of a key and by day of a service. */
export class UsageSum {
  private readonly byMonth = new Map<string, MonthSum>();
  private readonly byDay = new Map<string, DaySum>();

  /** @param marksOf the marks of the endpoints that a month names already */
  constructor(private readonly marksOf: (keyId: string, month: string) => Iterable<string>) {}

  add(entry: LogEntry): void {
    const month = monthIn(entry);
    const ofKey = getOrMake(this.byMonth, `${entry.key_id} ${month}`, () => ({
      keyId: entry.key_id,
      month,
      totals: NOTHING,
      asOf: '',
      errors: 0,
      endpoints: new Map<string, number>(),
      marks: new Set(this.marksOf(entry.key_id, month)),
      newMarks: new Set<string>(),
    }));
    addTo(ofKey, entry);
    ofKey.errors += isError(entry) ? 1 : 0;
    const endpoint = countedName(ofKey, entry.endpoint);
    ofKey.endpoints.set(endpoint, (ofKey.endpoints.get(endpoint) ?? 0) + 1);
    const day = dayIn(entry);
    const ofService = getOrMake(this.byDay, `${entry.service_id} ${day}`, () => ({
      service: entry.service_id,
      day,
      totals: NOTHING,
      asOf: '',
    }));
    addTo(ofService, entry);
  }

  get months(): MonthSum[] {
    return [...this.byMonth.values()];
  }

  get days(): DaySum[] {
    return [...this.byDay.values()];
  }
}

function addTo(sum: Pick<MonthSum, 'totals' | 'asOf'>, entry: LogEntry): void {
  sum.totals = addTotals(sum.totals, totalsOf(entry));
  if (entry.at > sum.asOf) sum.asOf = entry.at;
}

/** How many of the reports, from the first on, add to at most `most` totals. */
export function leadingWithin(entries: readonly LogEntry[], most: number): number {
  const totals = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    totals.add(`${entry.key_id} ${monthIn(entry)}`);
    totals.add(`${entry.key_id} ${monthIn(entry)} ${entry.endpoint}`);
    totals.add(`${entry.service_id} ${dayIn(entry)}`);
    if (totals.size > most) return i;
  }
  return entries.length;
}

export function monthIn({ at }: LogEntry): string {
  return at.slice(0, 7);
}

function dayIn({ at }: LogEntry): string {
  return at.slice(0, 10);
}

function countedName({ marks, newMarks }: MonthSum, endpoint: string): string {
  const mark = endpointMark(endpoint);
  if (marks.has(mark)) return endpoint;
  if (marks.size >= MAX_ENDPOINTS || endpoint === OTHER_ENDPOINTS) return OTHER_ENDPOINTS;
  marks.add(mark);
  newMarks.add(mark);
  return endpoint;
}

function getOrMake<T>(map: Map<string, T>, name: string, make: () => T): T {
  const existing = map.get(name);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(name, made);
  return made;
}

function totalsOf(usage: Usage): Totals {
  return {
    requests: 1,
    predictions: usage.predictions_count,
    compute_ms: usage.compute_ms,
    response_time_ms: usage.response_time_ms,
  };
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
