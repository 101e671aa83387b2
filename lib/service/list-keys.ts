import { readEndedPositions } from '../aws/dynamodb/ended-keys.ts';
import { readFound, readUnused } from '../aws/dynamodb/finding-lists.ts';
import { INDEX_BUDGET_MS, listKeys, type Page, readKeys } from '../aws/dynamodb/listing.ts';
import { readSnapshot } from '../aws/dynamodb/snapshot.ts';
import { type KeyFilter, matchesFilter, type Position } from '../domain/key-filter.ts';
import { isInUse } from '../domain/key-state.ts';
import { type Finding, findingsOf, unusedDays } from '../domain/posture.ts';
import type { UnusedKey } from '../domain/posture-summary.ts';
import type { KeyRecord } from '../domain/record.ts';
import { DAY_MS } from '../domain/time.ts';

/** The filters that the listing index can't answer, but the daily check of all keys has. */
export interface PostureFilter {
  /** Only keys that have the finding. */
  readonly finding?: Finding;
  /** Only keys in use that have not been used for so many days. */
  readonly unused_days?: number;
}

/** A key that the daily check has listed, and since when it was unused if that is why. */
type Candidate = Position | UnusedKey;

export type ListOutcome =
  | ({ readonly kind: 'page' } & Page)
  /** The daily check of all keys has not completed yet. */
  | { readonly kind: 'no_snapshot' };

/**
 * Returns a page of keys, newest first, like {@link listKeys}. With a filter of the daily check the
 * keys are those that it has listed and that still match when they are read now.
 * @throws Unavailable
 */
export async function listMatchingKeys(
  { finding, unused_days, ...filter }: KeyFilter & PostureFilter,
  limit: number,
  after: Position | undefined,
  now: Date,
): Promise<ListOutcome> {
  const asked = { finding, unused_days };
  if (finding === undefined && unused_days === undefined) {
    return { kind: 'page', ...(await listKeys(filter, limit, after, now)) };
  }
  const candidates = await candidatesFor(finding, after, now);
  if (!candidates) return { kind: 'no_snapshot' };
  const unusedUntil = new Date(now.getTime() - (unused_days ?? 0) * DAY_MS).toISOString();
  const { positions, next } = await take(candidates, limit, ({ since }) => since <= unusedUntil);
  const keys = await readKeys(positions.map(({ key_id }) => key_id));
  const matching = keys.filter(
    ({ record }) => matchesFilter(record, filter, now) && stillMatches(record, asked, now),
  );
  return { kind: 'page', keys: matching, next };
}

/** Returns the keys that the daily check has listed; undefined without such a check. */
async function candidatesFor(
  finding: Finding | undefined,
  after: Position | undefined,
  now: Date,
): Promise<AsyncGenerator<Candidate, void> | undefined> {
  if (finding === 'ended_key_presented') return readEndedPositions(after, now);
  const snapshot = await readSnapshot(now);
  if (!snapshot) return undefined;
  const { as_of } = snapshot;
  return finding === undefined ? readUnused(as_of, after) : readFound(as_of, finding, after);
}

/** Takes up to `limit` of the candidates, or fewer if the time for a page is over. */
async function take(
  candidates: AsyncGenerator<Candidate, void>,
  limit: number,
  isUnused: (key: UnusedKey) => boolean,
) {
  const stopAt = performance.now() + INDEX_BUDGET_MS;
  const positions: Position[] = [];
  let last: Position | undefined;
  for await (const candidate of candidates) {
    if (last && (positions.length === limit || performance.now() > stopAt)) {
      return { positions, next: last };
    }
    if (!('since' in candidate) || isUnused(candidate)) positions.push(candidate);
    last = candidate;
  }
  return { positions, next: undefined };
}

/** A key that was used or changed since the check may not match any more. */
function stillMatches(key: KeyRecord, { finding, unused_days }: PostureFilter, now: Date): boolean {
  return (
    (finding === undefined ||
      finding === 'ended_key_presented' ||
      findingsOf(key, now).includes(finding)) &&
    (unused_days === undefined || (isInUse(key, now) && unusedDays(key, now) >= unused_days))
  );
}
