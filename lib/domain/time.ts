export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A month, such as `2026-11`. */
export const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Returns the UTC month: `2026-11`. */
export function monthOf(instant: Date): string {
  return instant.toISOString().slice(0, 7);
}

/** Returns the UTC day: `2026-11-23`. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Returns the first instant of a month given as `2026-11`. */
export function startOfMonth(month: string): Date {
  return new Date(`${month}-01T00:00:00.000Z`);
}

/** Returns the first instant of the UTC month `months` after that of `instant`. */
export function startOfMonthAfter(instant: Date, months: number): Date {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + months));
}

/** Returns the ISO 8601 time `days` after `from`; null stays null. */
export function daysLater(from: Date, days: number | null): string | null {
  return days === null ? null : new Date(from.getTime() + days * DAY_MS).toISOString();
}

/** Returns whether an ISO 8601 time has been reached; null never is. */
export function isPast(instant: string | null, now: Date): boolean {
  return instant !== null && instant <= now.toISOString();
}

/** Returns the latest of several ISO 8601 times, or null if there is none. */
export function latest(instants: readonly (string | null)[]): string | null {
  const known = instants.filter((instant) => instant !== null);
  return known.sort().at(-1) ?? null;
}
