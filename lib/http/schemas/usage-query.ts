import * as z from 'zod/mini';
import { DAY_MS, dayOf, MONTH } from '../../domain/time.ts';
import { invalidFields } from '../problem.ts';
import { readBy, text } from './fields.ts';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

const period = z.string().check(z.regex(MONTH, { error: 'must be a month as in 2026-01' }));

/** A day, or a time of which the UTC day counts. */
const day = readBy(
  (text) => (isDay(text) ? text : dayOfTime(text)),
  'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z',
);

/** The query of a key's statistics. */
export const statsQuery = z.strictObject({ period: z.optional(period) });

/** The query of the daily totals; the default is the last 30 days. */
export const aggregateQuery = z.strictObject({
  service_id: z.optional(text(100)),
  start_date: z.optional(day),
  end_date: z.optional(day),
});

/** Returns whether the text is a day of the calendar, from 2000 on, as {@link dayOf} writes it. */
function isDay(text: string): boolean {
  const instant = new Date(`${text}T00:00:00.000Z`);
  return /^2\d{3}-/.test(text) && !Number.isNaN(instant.getTime()) && dayOf(instant) === text;
}

/**
 * A date, a time and a zone. Without a zone it is UTC, because Python's `datetime.isoformat()`
 * writes UTC times without one. A `+` that was not encoded in the query arrives as a space.
 */
const TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([ +-]\d\d:\d\d))?$/;

/** Returns the UTC day of an ISO 8601 time, or undefined if the text is not one. */
function dayOfTime(text: string): string | undefined {
  const [, date = '', time = '', offset = 'Z'] = TIME.exec(text) ?? [];
  const instant = new Date(date + time + offset.replace(' ', '+'));
  // Date reads 30 February as 2 March.
  return isDay(date) && !Number.isNaN(instant.getTime()) ? dayOf(instant) : undefined;
}

/**
 * Returns the first and the last day of a query.
 * @throws Problem `bad_request` when they are in the wrong order or too many
 */
export function readRange(query: z.output<typeof aggregateQuery>, now: Date) {
  const end = query.end_date ?? dayOf(now);
  const start = query.start_date ?? daysFrom(end, 1 - DEFAULT_DAYS);
  if (start > end) {
    throw invalidFields([{ field: 'start_date', message: `must not be after the end, ${end}` }]);
  }
  if (start <= daysFrom(end, -MAX_DAYS)) {
    throw invalidFields([
      {
        field: 'start_date',
        message: `must be at most ${MAX_DAYS - 1} days before the end, ${end}`,
      },
    ]);
  }
  return { start, end };
}

function daysFrom(day: string, days: number): string {
  return dayOf(new Date(Date.parse(day) + days * DAY_MS));
}
