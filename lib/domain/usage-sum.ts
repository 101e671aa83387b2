import { createHash } from 'node:crypto';
import { addTotals, isError, type LogEntry, type Totals, type Usage } from './usage.ts';

/** A month counts this many endpoints by name, so that its items stay few; the others are counted as `other`. */
const MAX_ENDPOINTS = 200;
const OTHER_ENDPOINTS = 'other';

/** Two names share a mark of this length once in some thousand months, and then count as one of the 200. */
const MARK_LENGTH = 4;

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
