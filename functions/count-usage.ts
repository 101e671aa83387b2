import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { addBatch } from '../lib/service/count-usage.ts';

/**
 * Adds usage to the totals. Lambda calls it with the changes of the usage table, in order within a
 * shard. The mapping has a tumbling window, because only then does the event name the shard, and a
 * function with a window must return a state
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html).
 */
export async function handler({
  Records = [],
  shardId,
}: Partial<DynamoDBStreamEvent> & { readonly shardId?: string }): Promise<
  DynamoDBBatchResponse & { readonly state: object }
> {
  if (!shardId) throw new Error('the event names no shard: its mapping has no tumbling window');
  const outcome = await addBatch(shardId, Records);
  return {
    state: {},
    batchItemFailures: outcome.kind === 'added' ? [] : [{ itemIdentifier: outcome.sequence }],
  };
}
