import type { DynamoDBRecord } from 'aws-lambda';
import { MAX_TOTALS, readBatchState, writeBatch } from '../aws/dynamodb/add-to-totals.ts';
import { isAdded, type StreamedEntry, streamedEntries } from '../aws/dynamodb/usage-stream.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { type LogEntry, monthIn } from '../domain/usage-report.ts';
import { leadingWithin, UsageSum } from '../domain/usage-sum.ts';
import { logger } from '../runtime/log.ts';
import { metricMembers } from '../runtime/metrics.ts';

/** An attempt fails only if another consumer has added to the same totals meanwhile. */
const ATTEMPTS = 20;

type Readable = StreamedEntry & { readonly entry: LogEntry };

export type BatchOutcome =
  | { readonly kind: 'added' }
  /** The records before `sequence` are in the totals. */
  | { readonly kind: 'stopped'; readonly sequence: string };

/**
 * Adds the new log entries of one shard of the usage table's stream to the totals of months,
 * endpoints and days. The shard's checkpoint is written in the same transaction, so records that
 * are delivered again, in whatever batches, change nothing.
 */
export async function addBatch(
  shardId: string,
  records: readonly DynamoDBRecord[],
): Promise<BatchOutcome> {
  let left = streamedEntries(records).filter(isReadable);
  for (let [first] = left; first; [first] = left) {
    const part = left.slice(0, leadingWithin(entriesOf(left), MAX_TOTALS));
    try {
      await addWithin(shardId, part);
    } catch (error) {
      logger.error('usage not added to the totals', { shard_id: shardId, error: error as Error });
      return { kind: 'stopped', sequence: first.sequence };
    }
    left = left.slice(part.length);
  }
  return { kind: 'added' };
}

/**
 * Adds as many records as fit into one transaction. If DynamoDB refuses its content, the halves are
 * added separately, down to the one record that can't be added.
 */
async function addWithin(shardId: string, part: readonly Readable[]): Promise<void> {
  try {
    await addPart(shardId, part);
  } catch (error) {
    const [first, ...others] = part;
    if (error instanceof Unavailable || !first) throw error;
    if (others.length === 0) return reportUnreadable(first, error as Error);
    const half = Math.ceil(part.length / 2);
    await addWithin(shardId, part.slice(0, half));
    await addWithin(shardId, part.slice(half));
  }
}

/** Adds records in one transaction, and starts again if another consumer was faster. */
async function addPart(shardId: string, part: readonly Readable[]): Promise<void> {
  const months = part.map(({ entry }) => ({ keyId: entry.key_id, month: monthIn(entry) }));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state = await readBatchState(shardId, months);
    const fresh = part.filter(({ sequence }) => !isAdded(sequence, state.checkpoint));
    const last = fresh.at(-1);
    if (!last) return;
    const sum = new UsageSum(state.namesOf);
    for (const { entry } of fresh) sum.add(entry);
    const { kind } = await writeBatch(shardId, state, sum, last.sequence);
    if (kind === 'added') return;
  }
  throw new Unavailable('other consumers kept adding to the same totals');
}

/** Leaves out an unreadable entry, which would otherwise stop all entries after it. */
function isReadable(streamed: StreamedEntry): streamed is Readable {
  if (streamed.entry) return true;
  reportUnreadable(streamed);
  return false;
}

/** Logs an entry that can't be added and counts it for the alarm. It stays in the usage log. */
function reportUnreadable({ sequence, pk, sk }: StreamedEntry, error?: Error): void {
  const members = metricMembers({ values: { UnreadableReports: 1 } }, new Date());
  logger.error('unreadable log entry', { sequence, pk, sk, ...(error && { error }), ...members });
}

function entriesOf(streamed: readonly Readable[]): LogEntry[] {
  return streamed.map(({ entry }) => entry);
}
