import { readDays } from '../aws/dynamodb/read-totals.ts';
import { latest } from '../domain/time.ts';
import type { Totals } from '../domain/usage-totals.ts';

/** The totals of several services, by day and service, of the days on which there was any usage. */
export interface AggregatedUsage {
  readonly days: readonly {
    readonly day: string;
    readonly services: ReadonlyMap<string, Totals>;
  }[];
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
  const days = [...new Set(used.flatMap((of) => [...of.days.keys()]))].sort();
  const servicesOf = (day: string) =>
    used.flatMap((of): [string, Totals][] => {
      const totals = of.days.get(day);
      return totals ? [[of.service, totals]] : [];
    });
  return {
    days: days.map((day) => ({ day, services: new Map(servicesOf(day)) })),
    as_of: latest(used.map((of) => of.as_of)),
  };
}
