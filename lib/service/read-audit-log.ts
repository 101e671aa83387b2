import {
  type DayPosition,
  dayPositionOf,
  readDayEntries,
  type StoredEntry,
} from '../aws/dynamodb/audit.ts';
import { type AuditAction, versionIn } from '../domain/audit-entry.ts';
import { daySpans } from '../domain/day-spans.ts';
import { type CheckedEntry, checkSeals } from './check-seal.ts';

/** A page starts no further query after this time, so that it fits into the 2.7 s of a request. */
const BUDGET_MS = 1_000;
/** The size of a query whose entries a filter selects from. */
const QUERY_SIZE = 1_000;
/**
 * A page takes no further query after so many characters as they are held here, about twice those of
 * the answer: Lambda's have 6 MB at most.
 */
const MAX_SIZE = 4_000_000;

/** The wanted entries: those from a time on and before another, in ISO 8601. */
export interface LogQuery {
  readonly from: string;
  readonly to: string;
  readonly action?: AuditAction | undefined;
}

/** A place between two pages. */
export interface LogPosition {
  /** The entries after it are from before this time. */
  readonly to: string;
  /** The entry before it, if there may be more of the same day. */
  readonly after?: DayPosition | undefined;
}

export interface LogPage {
  /** Each with the version that its name tells; null: it tells none. */
  readonly entries: readonly (CheckedEntry & { readonly version: number | null })[];
  /** Undefined on the last page. */
  readonly next: LogPosition | undefined;
}

/**
 * Reads a page of the audit entries of all keys, newest first, with at least one query for each day.
 * A page is short, even empty, if the time runs out before enough entries match.
 * @param budgetMs the time during which queries start
 * @throws Unavailable
 */
export async function readAuditLog(
  { from, to, action }: LogQuery,
  limit: number,
  position: LogPosition | undefined,
  now: Date,
  budgetMs = BUDGET_MS,
): Promise<LogPage> {
  const stopAt = performance.now() + budgetMs;
  const end = position && position.to < to ? position.to : to;
  const entries: StoredEntry[] = [];
  let size = 0;
  let after = position?.after && position.after.time < end ? position.after : undefined;
  // DynamoDB refuses to continue from a place outside the span, as a cursor of another span has.
  if (after && after.time < from) return { entries: [], next: undefined };
  for (const span of daySpans(from, end)) {
    do {
      const left = limit - entries.length;
      // DynamoDB counts the entries of other actions as well.
      const page = await readDayEntries(span, action, action ? QUERY_SIZE : left, after);
      const taken = page.entries.slice(0, left);
      const last = taken.at(-1);
      entries.push(...taken);
      size += JSON.stringify(taken).length;
      after = taken.length < page.entries.length && last ? dayPositionOf(last) : page.next;
      const isFull = entries.length >= limit || size > MAX_SIZE;
      const hasMore = after !== undefined || span.from > from;
      if ((isFull || performance.now() >= stopAt) && hasMore) {
        const next = { to: after ? span.to : span.from, after };
        return { entries: await check(entries, now), next };
      }
    } while (after);
  }
  return { entries: await check(entries, now), next: undefined };
}

async function check(entries: readonly StoredEntry[], now: Date): Promise<LogPage['entries']> {
  return (await checkSeals(entries, now)).map((entry) => {
    const version = versionIn(entry.name);
    return { ...entry, version: typeof version === 'number' ? version : null };
  });
}
