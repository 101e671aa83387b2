import type { DynamoDBRecord } from 'aws-lambda';
import type { LogEntry } from '../../domain/usage-report.ts';
import type { Item } from './item.ts';
import { LOG_PREFIX } from './usage-items.ts';
import { entryFrom } from './usage-log.ts';

/** A new log entry from the table's stream. */
export interface StreamedEntry {
  /** Unique and rising within a shard. */
  readonly sequence: string;
  /** The item's keys in the table. */
  readonly pk: string;
  readonly sk: string | undefined;
  /** Undefined if the item can't be read. */
  readonly entry: LogEntry | undefined;
}

/** The attribute of log entries that were copied back after a loss: they are in the totals. */
export const RESTORED_AT = 'restored_at';

/** Returns the new log entries among the changes of the usage table, in their order. */
export function streamedEntries(records: readonly DynamoDBRecord[]): StreamedEntry[] {
  return records.flatMap(({ eventName, dynamodb: { Keys, NewImage, SequenceNumber } = {} }) => {
    const pk = Keys?.pk?.S;
    if (eventName !== 'INSERT' || !pk?.startsWith(LOG_PREFIX)) return [];
    if (!NewImage || !SequenceNumber || NewImage[RESTORED_AT]) return [];
    // Lambda's type of an attribute value and the SDK's describe the same JSON.
    const entry = entryFrom(NewImage as Item);
    return [{ sequence: SequenceNumber, pk, sk: Keys?.sk?.S, entry }];
  });
}

/** Returns whether a record is at or before the checkpoint, and so already in the totals. */
export function isAdded(sequence: string, checkpoint: string | undefined): boolean {
  return checkpoint !== undefined && BigInt(sequence) <= BigInt(checkpoint);
}
