import { dayIn, isError, type LogEntry, monthIn, type Usage } from './usage-report.ts';
import { addTotals, NO_USAGE, type Totals } from './usage-totals.ts';

/**
 * Bounds of the endpoints that a month's item names, because each kilobyte of the item is paid for
 * with every batch. Further endpoints are counted as `other`.
 */
const MAX_ENDPOINTS = 200;
const MAX_NAME_BYTES = 16_384;
const OTHER_ENDPOINTS = 'other';

/** The sum that a batch of reports adds to a month of a key. */
export interface MonthSum {
  readonly keyId: string;
  readonly month: string;
  totals: Totals;
  /** When the newest of them was received. */
  asOf: string;
  errors: number;
  readonly endpoints: Map<string, number>;
  /** The endpoints that the month names, including those of this batch. */
  readonly names: Set<string>;
  nameBytes: number;
  /** The number of endpoints that the month named before. */
  readonly namedBefore: number;
}

/** The sum that a batch of reports adds to a day of a service. */
export interface DaySum {
  readonly service: string;
  readonly day: string;
  totals: Totals;
  asOf: string;
}

/** Adds up reports by month of a key and by day of a service. */
export class UsageSum {
  private readonly byMonth = new Map<string, MonthSum>();
  private readonly byDay = new Map<string, DaySum>();

  /** @param namesOf the endpoints that a month counts already */
  constructor(private readonly namesOf: (keyId: string, month: string) => readonly string[]) {}

  add(entry: LogEntry): void {
    const month = monthIn(entry);
    const ofKey = getOrMake(this.byMonth, `${entry.key_id} ${month}`, () =>
      emptyMonth(entry.key_id, month, this.namesOf(entry.key_id, month)),
    );
    addTo(ofKey, entry);
    ofKey.errors += isError(entry) ? 1 : 0;
    const endpoint = countedName(ofKey, entry.endpoint);
    ofKey.endpoints.set(endpoint, (ofKey.endpoints.get(endpoint) ?? 0) + 1);
    const day = dayIn(entry);
    const ofService = getOrMake(this.byDay, `${entry.service_id} ${day}`, () => ({
      service: entry.service_id,
      day,
      totals: NO_USAGE,
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

/**
 * Returns the sum of no reports.
 * @param endpoints those that the month counts already
 */
export function emptyMonth(keyId: string, month: string, endpoints: readonly string[]): MonthSum {
  const names = endpoints.filter((endpoint) => endpoint !== OTHER_ENDPOINTS);
  return {
    keyId,
    month,
    totals: NO_USAGE,
    asOf: '',
    errors: 0,
    endpoints: new Map(),
    names: new Set(names),
    nameBytes: names.reduce((bytes, name) => bytes + Buffer.byteLength(name), 0),
    namedBefore: names.length,
  };
}

function addTo(sum: Pick<MonthSum, 'totals' | 'asOf'>, entry: LogEntry): void {
  sum.totals = addTotals(sum.totals, totalsOf(entry));
  if (entry.at > sum.asOf) sum.asOf = entry.at;
}

/** Returns how many of the reports, from the first on, add to at most `most` totals. */
export function leadingWithin(entries: readonly LogEntry[], most: number): number {
  const totals = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    totals.add(`${entry.key_id} ${monthIn(entry)}`);
    totals.add(`${entry.service_id} ${dayIn(entry)}`);
    if (totals.size > most) return i;
  }
  return entries.length;
}

function countedName(sum: MonthSum, endpoint: string): string {
  if (sum.names.has(endpoint)) return endpoint;
  const nameBytes = sum.nameBytes + Buffer.byteLength(endpoint);
  const isFull = sum.names.size >= MAX_ENDPOINTS || nameBytes > MAX_NAME_BYTES;
  if (isFull || endpoint === OTHER_ENDPOINTS) return OTHER_ENDPOINTS;
  sum.names.add(endpoint);
  sum.nameBytes = nameBytes;
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
