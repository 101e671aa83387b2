import { addTotals, isError, type LogEntry, type Totals, type Usage } from './usage-report.ts';

/** A month's item counts so many endpoints by name, so that it stays small; the others are counted as `other`. */
const MAX_ENDPOINTS = 200;
/** Each kilobyte of it is paid for with every batch. */
const MAX_NAME_BYTES = 16_384;
const OTHER_ENDPOINTS = 'other';

/** What a batch of reports adds to a month of a key. */
export interface MonthSum {
  readonly keyId: string;
  readonly month: string;
  totals: Totals;
  /** When the newest of them was received. */
  asOf: string;
  errors: number;
  readonly endpoints: Map<string, number>;
  /** The endpoints that the month names, those of this batch included. */
  readonly names: Set<string>;
  nameBytes: number;
  /** How many endpoints the month named before. */
  readonly namedBefore: number;
}

/** What a batch of reports adds to a day of a service. */
export interface DaySum {
  readonly service: string;
  readonly day: string;
  totals: Totals;
  asOf: string;
}

export const NOTHING: Totals = { requests: 0, predictions: 0, compute_ms: 0, response_time_ms: 0 };

/** Reports added up by month of a key and by day of a service. */
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

/** @param endpoints those that the month counts already */
export function emptyMonth(keyId: string, month: string, endpoints: readonly string[]): MonthSum {
  const names = endpoints.filter((endpoint) => endpoint !== OTHER_ENDPOINTS);
  return {
    keyId,
    month,
    totals: NOTHING,
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

/** How many of the reports, from the first on, add to at most `most` totals. */
export function leadingWithin(entries: readonly LogEntry[], most: number): number {
  const totals = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    totals.add(`${entry.key_id} ${monthIn(entry)}`);
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
