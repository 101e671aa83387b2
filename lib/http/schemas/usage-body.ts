import * as z from 'zod/mini';
import { dayOf, toThousandths } from '../../domain/usage-report.ts';
import { badFields } from '../problem.ts';
import { body, integer, oneOf, readBy, text, wholeNumber } from './fields.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
/** Characters of an endpoint: those that are taken, as a report must not be lost over its name, and those that are kept. */
const MAX_ENDPOINT = 2048;
const KEPT_OF_ENDPOINT = 200;
/** More than anything that is measured in one request. */
const MOST = 1_000_000_000;

/** A quantity to three decimals: sums of it are exact. */
const quantity = (() => {
  const error = ({ input }: { input?: unknown }) =>
    input === undefined ? 'is required' : `must be a number from 0 to ${MOST}`;
  return z.pipe(
    z.number({ error }).check(z.minimum(0, { error }), z.maximum(MOST, { error })),
    z.transform(toThousandths),
  );
})();

const endpoint = z.pipe(
  text(MAX_ENDPOINT),
  z.transform((name) => [...name].slice(0, KEPT_OF_ENDPOINT).join('')),
);

/** 0 stands for a status that is not known yet, in a debit before the request is served. */
const statusCode = wholeNumber(
  '0 or a whole number from 100 to 599',
  (n) => n === 0 || (n >= 100 && n <= 599),
);

/** The body that reports usage. */
export function usageBody(services: readonly string[]) {
  return body({
    service_id: oneOf(services),
    endpoint,
    status_code: statusCode,
    response_time_ms: quantity,
    predictions_count: z._default(integer(0, MOST), 0),
    compute_ms: z._default(quantity, 0),
    model_id: z.optional(text(200)),
    idempotency_key: z.optional(text(200)),
  });
}

const period = z.string().check(
  z.refine((value) => /^\d{4}-(0[1-9]|1[0-2])$/.test(value), {
    error: 'must be a month as in 2026-01',
  }),
);

/** Takes a day, or a time, whose UTC day counts. */
const day = readBy(
  (text) => (isDay(text) ? text : dayOfTime(text)),
  'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z',
);

/** The query of a key's statistics. */
export const statsQuery = z.strictObject({ period: z.optional(period) });

/** The query of the platform's totals: the last 30 days, unless it says otherwise. */
export const aggregateQuery = z.strictObject({
  service_id: z.optional(text(100)),
  start_date: z.optional(day),
  end_date: z.optional(day),
});

/** A day of this millennium that the calendar has, in the form that {@link dayOf} writes. */
function isDay(text: string): boolean {
  const instant = new Date(`${text}T00:00:00.000Z`);
  return /^2\d{3}-/.test(text) && !Number.isNaN(instant.getTime()) && dayOf(instant) === text;
}

/**
 * The date, the time, a zone. Without one it is UTC, as Python's `datetime.isoformat()` writes a time
 * without one; a `+` that was not encoded in the query has become a space.
 */
const TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([ +-]\d\d:\d\d))?$/;

/** Returns the UTC day of an ISO 8601 time; undefined when it is none. */
function dayOfTime(text: string): string | undefined {
  const [, date = '', time = '', offset = 'Z'] = TIME.exec(text) ?? [];
  const instant = new Date(date + time + offset.replace(' ', '+'));
  // Date would take 30 February for 2 March.
  return isDay(date) && !Number.isNaN(instant.getTime()) ? dayOf(instant) : undefined;
}

/**
 * The days that a query is about.
 * @throws Problem `bad_request` when they are in the wrong order or too many
 */
export function readRange(query: z.output<typeof aggregateQuery>, now: Date) {
  const end = query.end_date ?? dayOf(now);
  const start = query.start_date ?? daysFrom(end, 1 - DEFAULT_DAYS);
  if (start > end) {
    throw badFields([{ field: 'start_date', message: `must not be after the end, ${end}` }]);
  }
  if (start <= daysFrom(end, -MAX_DAYS)) {
    throw badFields([
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
