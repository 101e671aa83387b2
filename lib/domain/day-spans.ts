import { DAY_MS, dayOf } from './time.ts';

/** A part of a UTC day: times in ISO 8601, of which the second is not included. */
export interface DaySpan {
  readonly day: string;
  readonly from: string;
  readonly to: string;
}

/** Divides the time from `from` to before `to` into the days of UTC, the last day first. */
export function* daySpans(from: string, to: string): Generator<DaySpan> {
  for (let end = to; end > from; ) {
    const day = dayOf(new Date(Date.parse(end) - 1));
    const start = `${day}T00:00:00.000Z`;
    yield { day, from: start > from ? start : from, to: end };
    end = start;
  }
}

/** Returns the start of the UTC day after that of `instant`. */
export function nextDay(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / DAY_MS + 1) * DAY_MS);
}
