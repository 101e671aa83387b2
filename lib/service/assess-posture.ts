import { listKeys } from '../aws/dynamodb/listing.ts';
import {
  type Progress,
  readProgress,
  readSnapshot,
  type Snapshot,
  savePage,
} from '../aws/dynamodb/snapshot.ts';
import { endingAtTime } from '../domain/key-page.ts';
import { assessPage, EMPTY_SUMMARY } from '../domain/posture-summary.ts';

/**
 * The keys of a page. One less than a query of the index returns, so that the same query tells
 * whether there is another page.
 */
const PAGE = 999;

export type AssessmentOutcome =
  /** This call has completed the snapshot. */
  | { readonly kind: 'completed'; readonly snapshot: Snapshot }
  /** There is a snapshot that is new enough. */
  | { readonly kind: 'up_to_date' }
  /** The time is over; the next call continues. */
  | { readonly kind: 'unfinished' }
  /** Another process does the same work. */
  | { readonly kind: 'overtaken' };

/**
 * Assesses all keys in use, page by page, and stores what it finds. After each page it can be
 * interrupted: the next call continues with the page that follows.
 * @param since a snapshot, or an unfinished run, of this time or later is not begun again
 * @param hasTime whether there is time for another page; there is for the first
 * @throws Unavailable
 */
export async function assessPosture(
  now: Date,
  since: Date,
  hasTime: () => boolean,
): Promise<AssessmentOutcome> {
  const isNew = ({ as_of }: Snapshot) => as_of >= since.toISOString();
  const newest = await readSnapshot(now);
  if (newest && isNew(newest)) return { kind: 'up_to_date' };
  const last = await readProgress();
  const resumed = last?.after && isNew(last) ? last : undefined;
  const as_of = resumed?.as_of ?? now.toISOString();
  let stored = last;
  let progress = resumed ?? { as_of, pages: 0, after: undefined, summary: EMPTY_SUMMARY };
  do {
    const { keys, next } = endingAtTime(
      await listKeys({ active_only: true }, PAGE, progress.after, new Date(as_of)),
    );
    const { summary, findings } = assessPage(
      progress.summary,
      keys.map(({ record }) => record),
      new Date(as_of),
    );
    const following: Progress = { as_of, pages: progress.pages + 1, after: next, summary };
    const saved = await savePage(stored, following, findings);
    if (saved === 'overtaken') return { kind: 'overtaken' };
    if (!next) return { kind: 'completed', snapshot: { as_of, summary } };
    stored = following;
    progress = following;
  } while (hasTime());
  return { kind: 'unfinished' };
}
