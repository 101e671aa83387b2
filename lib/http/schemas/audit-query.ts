import * as z from 'zod/mini';
import { AUDIT_ACTIONS } from '../../domain/audit-entry.ts';
import { nextDay } from '../../domain/day-spans.ts';
import { DAY_MS, dayOf } from '../../domain/time.ts';
import { invalidFields } from '../problem.ts';
import { oneOf, readBy } from './fields.ts';
import { pageCursor, pageLimit } from './paging.ts';

const LIMIT = 100;
const MAX_DAYS = 92;

/** A day, or an ISO 8601 time with seconds and a zone. */
const instant = readBy(
  readInstant,
  'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z',
);

/** The query of a key's audit trail. */
export const trailQuery = z.strictObject({
  limit: pageLimit(LIMIT),
  cursor: pageCursor(readTrailPosition),
});

/** The query of the audit entries of all keys. */
export const logQuery = z.strictObject({
  from: z.optional(instant),
  to: z.optional(instant),
  action: z.optional(oneOf(AUDIT_ACTIONS)),
  limit: pageLimit(LIMIT),
  cursor: pageCursor(readLogPosition),
});

/** A day or a time, as a query names it. */
interface Instant {
  readonly at: Date;
  readonly isDay: boolean;
}

/** A place in the log, as {@link logCursorText} takes it. */
interface LogPlace {
  readonly to: string;
  readonly after?:
    | { readonly time: string; readonly keyId: string; readonly name: string }
    | undefined;
}

/**
 * Returns the span of a query: from a time on, and before another. A day as its end is included.
 * @throws Problem `bad_request` when they are in the wrong order or too far apart
 */
export function readSpan({ from, to }: z.output<typeof logQuery>, now: Date) {
  const end = to ? (to.isDay ? nextDay(to.at) : to.at) : new Date(now.getTime() + 1);
  const start = from?.at ?? new Date(end.getTime() - DAY_MS);
  if (start >= end) {
    throw invalidFields([{ field: 'from', message: 'must be before the end' }]);
  }
  if (end.getTime() - start.getTime() > MAX_DAYS * DAY_MS) {
    throw invalidFields([
      { field: 'from', message: `must be at most ${MAX_DAYS} days before the end` },
    ]);
  }
  return { from: start.toISOString(), to: end.toISOString() };
}

function readInstant(text: string): Instant | undefined {
  const isDay = /^2\d{3}-\d\d-\d\d$/.test(text);
  const isTime = /^2\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[ +-]\d\d:\d\d)$/.test(text);
  if (!isDay && !isTime) return undefined;
  // A `+` that was not encoded in the query arrives as a space.
  const at = new Date(text.replace(' ', '+'));
  if (Number.isNaN(at.getTime())) return undefined;
  // Date reads 30 February as 2 March.
  return isDay && dayOf(at) !== text ? undefined : { at, isDay };
}

/** Returns the plain text of the cursor of a place in a trail. */
export function trailCursorText({ after, version }: { after: string; version: number }): string {
  return JSON.stringify([String(version), after]);
}

function readTrailPosition(text: string) {
  const [version = '', after] = readTexts(text) ?? [];
  return /^-?\d{1,12}$/.test(version) && after ? { version: Number(version), after } : undefined;
}

/** Returns the plain text of the cursor of a place in the log. */
export function logCursorText({ to, after }: LogPlace): string {
  return JSON.stringify([to, ...(after ? [after.time, after.keyId, after.name] : [])]);
}

function readLogPosition(text: string): LogPlace | undefined {
  const [to, time, keyId, name] = readTexts(text) ?? [];
  if (!to || !isTime(to)) return undefined;
  if (!time) return { to };
  // DynamoDB refuses to continue from a place outside the day that is read.
  const isWithin = time < to && dayOf(new Date(Date.parse(to) - 1)) === time.slice(0, 10);
  return isWithin && keyId && name ? { to, after: { time, keyId, name } } : undefined;
}

function isTime(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString() === text;
}

/** Reads a list of texts, of which an entry in the table may have any. */
function readTexts(text: string): string[] | undefined {
  try {
    const found = z.array(z.string().check(z.maxLength(2048))).safeParse(JSON.parse(text));
    return found.success ? found.data : undefined;
  } catch {
    return undefined;
  }
}
