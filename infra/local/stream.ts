import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { repeat } from './repeat.ts';

const FROM_THE_BEGINNING = { ShardIteratorType: 'TRIM_HORIZON' } as const;
const POLL_MS = 500;
const BATCH = 1000;

export type StreamHandler = (event: never) => Promise<DynamoDBBatchResponse>;

/** Loads the stream's consumer. Call it when the environment is complete: it reads it on load. */
export async function loadStreamHandler(): Promise<StreamHandler> {
  const { handler } = await import('../../functions/count-usage.ts');
  return handler;
}

/**
 * Creates a reader that passes the usage table's stream to `count-usage` as Lambda's event source
 * mapping does: each shard in order, and again from the record that the function reports as failed.
 */
export function createStreamReader(handler: StreamHandler) {
  const tables = new DynamoDBClient();
  const streams = new DynamoDBStreamsClient({
    endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB,
  });
  /** The next iterator of each shard; undefined when the shard is closed and read to its end. */
  const iterators = new Map<string, string | undefined>();
  let streamArn: string | undefined;

  async function iteratorAt(ShardId: string, position: Position): Promise<string | undefined> {
    const input = { StreamArn: streamArn, ShardId, ...position };
    return (await streams.send(new GetShardIteratorCommand(input))).ShardIterator;
  }

  /** Returns the number of records read. */
  async function readShard(shardId: string): Promise<number> {
    // Reads from the beginning: the consumer skips what an earlier run has added.
    if (!iterators.has(shardId)) {
      iterators.set(shardId, await iteratorAt(shardId, FROM_THE_BEGINNING));
    }
    const iterator = iterators.get(shardId);
    if (iterator === undefined) return 0;
    const { Records: records = [], NextShardIterator } = await streams.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: BATCH }),
    );
    let next = NextShardIterator;
    if (records.length > 0) {
      // The records differ from those of Lambda's event in the type of their time only.
      const { batchItemFailures } = await handler({ Records: records, shardId } as never);
      const [failed] = batchItemFailures;
      if (failed) {
        next = await iteratorAt(shardId, {
          ShardIteratorType: 'AT_SEQUENCE_NUMBER',
          SequenceNumber: failed.itemIdentifier,
        });
      }
    }
    iterators.set(shardId, next);
    return records.length;
  }

  return {
    /** Reads every shard once and returns the number of records. */
    async poll(): Promise<number> {
      if (streamArn === undefined) {
        const TableName = requireEnv(VARIABLES.usageTable);
        const { Table } = await tables.send(new DescribeTableCommand({ TableName }));
        streamArn = Table?.LatestStreamArn;
      }
      const described = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
      let records = 0;
      for (const { ShardId = '' } of described.StreamDescription?.Shards ?? []) {
        records += await readShard(ShardId);
      }
      return records;
    },
    stop(): void {
      tables.destroy();
      streams.destroy();
    },
  };
}

type Position = Pick<GetShardIteratorCommandInput, 'SequenceNumber' | 'ShardIteratorType'>;

/**
 * Reads the stream until it is stopped.
 * @returns a function that stops it and resolves when the current batch is done
 */
export function followStream(handler: StreamHandler): () => Promise<void> {
  const reader = createStreamReader(handler);
  const stop = repeat(async () => ((await reader.poll()) < BATCH ? POLL_MS : 0), POLL_MS);
  return async () => {
    await stop();
    reader.stop();
  };
}
