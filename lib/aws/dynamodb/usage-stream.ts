import type { DynamoDBRecord } from 'aws-lambda';
import type { LogEntry } from '../../domain/usage-report.ts';
import type { Item } from './item.ts';
import { LOG_PREFIX } from './usage-items.ts';
import { entryFrom } from './usage-log.ts';

/** A new entry of the log, as the table's stream brings it; undefined: one that nobody can read. */
export interface StreamedEntry {
  /** Rises within a shard, and tells its records apart. */
  readonly sequence: string;
  readonly entry: LogEntry | undefined;
}

/** The new log entries among the changes of the usage table, in their order. */
export function streamedEntries(records: readonly DynamoDBRecord[]): StreamedEntry[] {
  return records.flatMap(({ eventName, dynamodb: { Keys, NewImage, SequenceNumber } = {} }) => {
    const isNew = eventName === 'INSERT' && Keys?.pk?.S?.startsWith(LOG_PREFIX);
    if (!isNew || !NewImage || !SequenceNumber) return [];
    // Lambda's types know of no other attribute values than the SDK's.
    return [{ sequence: SequenceNumber, entry: entryFrom(NewImage as Item) }];
  });
}

/** True when a record comes before or is the one that a checkpoint stands at. */
export function isPast(sequence: string, checkpoint: string | undefined): boolean {
  return checkpoint !== undefined && BigInt(sequence) <= BigInt(checkpoint);
}
