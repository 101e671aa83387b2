import type { DynamoDBRecord } from 'aws-lambda';
import { MOST_TOTALS, readBatchState, writeBatch } from './aws/usage-batch.ts';
import { isPast, type StreamedEntry, streamedEntries } from './aws/usage-stream.ts';
import { Unavailable } from './domain/unavailable.ts';
import { type LogEntry, leadingWithin, monthIn, UsageSum } from './domain/usage.ts';
import { logger } from './log.ts';
import { metricMembers } from './metrics.ts';

type Readable = StreamedEntry & { readonly entry: LogEntry };

export type BatchOutcome =
  | { readonly kind: 'added' }
  /** What comes before `sequence` is in the totals. */
  | { readonly kind: 'stopped'; readonly sequence: string };

/**
 * Adds the new log entries of one shard of the usage table's stream to the totals of months, endpoints and
 * days. The shard's checkpoint is written in the same transaction, so records that are delivered again, in
 * whatever batches, change nothing.
 * @param now when the batch is worked on
 */
export async function addBatch(
  shardId: string,
  records: readonly DynamoDBRecord[],
  now: Date,
): Promise<BatchOutcome> {
  let left = readable(streamedEntries(records), now);
  while (left.length > 0) {
    const part = left.slice(0, leadingWithin(entriesOf(left), MOST_TOTALS));
    try {
      await addPart(shardId, part, now);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      logger.error('usage not added to the totals', { shard_id: shardId, error });
      return { kind: 'stopped', sequence: part[0]?.sequence ?? '' };
    }
    left = left.slice(part.length);
  }
  return { kind: 'added' };
}

/** Adds so many records that one transaction does; starts over when another consumer of the shard came first. */
async function addPart(shardId: string, part: readonly Readable[], now: Date): Promise<void> {
  const months = part.map(({ entry }) => ({ keyId: entry.key_id, month: monthIn(entry) }));
  for (;;) {
    const state = await readBatchState(shardId, months);
    const fresh = part.filter(({ sequence }) => !isPast(sequence, state.checkpoint));
    const last = fresh.at(-1);
    if (!last) return;
    const sum = new UsageSum(state.marksOf);
    for (const { entry } of fresh) sum.add(entry);
    if (await writeBatch(shardId, state, sum, last.sequence, now)) return;
  }
}

/**
 * Leaves out what nobody can read: it would keep all that comes after it waiting. It stays in the log, and
 * somebody is told.
 */
function readable(entries: readonly StreamedEntry[], now: Date): Readable[] {
  return entries.filter((streamed): streamed is Readable => {
    if (streamed.entry) return true;
    const members = metricMembers({ values: { UnreadableReports: 1 } }, now);
    logger.error('unreadable log entry', { sequence: streamed.sequence, ...members });
    return false;
  });
}

function entriesOf(streamed: readonly Readable[]): LogEntry[] {
  return streamed.map(({ entry }) => entry);
}
