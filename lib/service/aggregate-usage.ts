import { readDays } from '../aws/dynamodb/read-totals.ts';
import { latest } from '../domain/time.ts';
import type { Totals } from '../domain/usage-totals.ts';

/** Totals by day and service, in the order of time, of the days on which there was any usage. */
export interface AggregatedUsage {
  readonly days: ReadonlyMap<string, ReadonlyMap<string, Totals>>;
  /** When the newest report in them was received; null: there is none. */
  readonly as_of: string | null;
}

/**
 * Reads the daily totals of services.
 * @param start the first day, as in `2026-11-23`
 * @param end the last day
 * @throws Unavailable
 */
export async function aggregateUsage(
  services: readonly string[],
  start: string,
  end: string,
): Promise<AggregatedUsage> {
  const used = await Promise.all(
    services.map(async (service) => ({ service, ...(await readDays(service, start, end)) })),
  );
  const names = [...new Set(used.flatMap((of) => [...of.days.keys()]))].sort();
  const days = new Map(names.map((day) => [day, new Map<string, Totals>()]));
  for (const [day, ofDay] of days) {
    for (const { service, days: own } of used) {
      const totals = own.get(day);
      if (totals) ofDay.set(service, totals);
    }
  }
  return { days, as_of: latest(used.map((of) => of.as_of)) };
}
