import { isDeepStrictEqual } from 'node:util';
import { everyKey } from '../aws/dynamodb/listing.ts';
import { readDays, readMonth } from '../aws/dynamodb/read-totals.ts';
import { replaceDay, replaceMonth } from '../aws/dynamodb/replace-totals.ts';
import { LOG_DAYS, readLog } from '../aws/dynamodb/usage-log.ts';
import { DAY_MS, latest, startOfMonth, startOfMonthAfter } from '../domain/time.ts';
import { type DaySum, emptyMonth, type MonthSum, UsageSum } from '../domain/usage-sum.ts';
import { addTotals, type MonthTotals, NO_USAGE } from '../domain/usage-totals.ts';

/** Totals that differ from the log. */
export interface Difference {
  /** A key_id and month, or a service and day. */
  readonly of: string;
  readonly log: object;
  readonly totals: object;
}

/** `ended`: the totals no longer change and can be replaced. `expired`: the log is incomplete. */
export type MonthState = 'running' | 'ended' | 'expired';

/**
 * Returns the state of a month. Totals may change until a day after its end, because the stream
 * keeps its records for a day.
 * @param month as in `2026-11`
 */
export function stateOf(month: string, now: Date): MonthState {
  const begins = startOfMonth(month);
  const ends = startOfMonthAfter(begins, 1);
  if (now.getTime() > begins.getTime() + LOG_DAYS * DAY_MS) return 'expired';
  return now.getTime() > ends.getTime() + DAY_MS ? 'ended' : 'running';
}

/**
 * Compares the totals of a month with its log, for all keys and services.
 * @param services the services to compare, in addition to those that the log names
 * @param write replaces totals that differ; only for a month that has ended
 * @param progress called for each key that has been compared
 * @throws Unavailable
 */
export async function* rebuildMonth(
  month: string,
  services: readonly string[],
  write: boolean,
  now: Date,
  progress: () => void,
): AsyncGenerator<Difference> {
  const days = new Map<string, DaySum>();
  for await (const { key_id } of everyKey({}, now)) {
    const stored = await readMonth(key_id, month);
    const names = stored.endpoints.map(({ endpoint }) => endpoint);
    const sum = new UsageSum(() => names);
    for await (const entry of readLog(key_id, month)) sum.add(entry);
    for (const day of sum.days) addDay(days, day);
    const [own = emptyMonth(key_id, month, [])] = sum.months;
    const [log, totals] = [describe(own), describeStored(stored)];
    progress();
    if (isDeepStrictEqual(log, totals)) continue;
    if (write) await replaceMonth(own);
    yield { of: `${key_id} ${month}`, log, totals };
  }
  yield* rebuildDays(month, services, days, write);
}

async function* rebuildDays(
  month: string,
  services: readonly string[],
  days: ReadonlyMap<string, DaySum>,
  write: boolean,
): AsyncGenerator<Difference> {
  const logged = [...days.values()];
  for (const service of new Set([...services, ...logged.map((of) => of.service)])) {
    const stored = await readDays(service, `${month}-01`, `${month}-31`);
    for (const day of new Set([...stored.days.keys(), ...logged.map((of) => of.day)])) {
      const own = days.get(`${service} ${day}`) ?? { service, day, totals: NO_USAGE, asOf: '' };
      const [log, totals] = [own.totals, stored.days.get(day) ?? NO_USAGE];
      if (isDeepStrictEqual(log, totals)) continue;
      if (write) await replaceDay(own);
      yield { of: `${service} ${day}`, log, totals };
    }
  }
}

function addDay(days: Map<string, DaySum>, day: DaySum): void {
  const name = `${day.service} ${day.day}`;
  const { totals, asOf } = days.get(name) ?? { totals: NO_USAGE, asOf: '' };
  days.set(name, {
    ...day,
    totals: addTotals(totals, day.totals),
    asOf: latest([asOf, day.asOf]) ?? '',
  });
}

function describe({ totals, errors, endpoints }: MonthSum) {
  return { ...totals, errors, endpoints: Object.fromEntries(endpoints) };
}

function describeStored({ endpoints, as_of: _, ...totals }: MonthTotals) {
  const counts = endpoints.map(({ endpoint, count }) => [endpoint, count]);
  return { ...totals, endpoints: Object.fromEntries(counts) };
}
