import { type DayPosition, readDayEntries, type StoredEntry } from '../aws/dynamodb/audit.ts';
import { type AuditAction, versionIn } from '../domain/audit-entry.ts';
import { daySpans } from '../domain/day-spans.ts';
import { type CheckedEntry, checkSeals } from './check-seal.ts';

/** A page starts no further query after this time, so that it fits into the 2.7 s of a request. */
const BUDGET_MS = 1_000;

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
  const entries: StoredEntry[] = [];
  let after = position?.after;
  // DynamoDB refuses to continue from a place outside the span, as a cursor of another span has.
  if (after && after.time < from) return { entries: [], next: undefined };
  for (const span of daySpans(from, position?.to ?? to)) {
    do {
      const page = await readDayEntries(span, action, limit - entries.length, after);
      entries.push(...page.entries);
      after = page.next;
      const isDone = entries.length >= limit || performance.now() >= stopAt;
      const hasMore = after !== undefined || span.from > from;
      if (isDone && hasMore) {
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
