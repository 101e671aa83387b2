import { setTimeout } from 'node:timers/promises';
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

const FROM_THE_BEGINNING = { ShardIteratorType: 'TRIM_HORIZON' } as const;
const POLL_MS = 500;
const BATCH = 1000;

export type StreamHandler = (event: never) => Promise<DynamoDBBatchResponse>;

/** Loads the stream's consumer. It reads its variables as it loads, so set those before. */
export async function loadStreamHandler(): Promise<StreamHandler> {
  const { handler } = await import('../../functions/count-usage.ts');
  return handler;
}

/**
 * Reads the usage table's stream and hands it to `count-usage`, as Lambda's event source mapping does:
 * shard by shard, in order, again from where the function said that it stopped.
 */
export function createStreamReader(handler: StreamHandler) {
  const tables = new DynamoDBClient();
  const streams = new DynamoDBStreamsClient({
    endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB,
  });
  /** Where to read on in each shard; undefined: it is closed, and read to its end. */
  const iterators = new Map<string, string | undefined>();
  let streamArn: string | undefined;

  async function iteratorAt(ShardId: string, position: Position): Promise<string | undefined> {
    const input = { StreamArn: streamArn, ShardId, ...position };
    return (await streams.send(new GetShardIteratorCommand(input))).ShardIterator;
  }

  /** @returns how many records there were */
  async function readShard(shardId: string): Promise<number> {
    // From the beginning: what an earlier run has added is not added again.
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
      // The records are those of Lambda's event, but for the type of their time.
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
    /** Reads every shard once. @returns how many records there were */
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
 * Goes on reading the stream until it is stopped.
 * @returns a function that stops it, once what is being worked on is done
 */
export function followStream(handler: StreamHandler): () => Promise<void> {
  const reader = createStreamReader(handler);
  const stopped = new AbortController();
  const following = (async () => {
    while (!stopped.signal.aborted) {
      const records = await reader.poll().catch((error: unknown) => {
        if (!stopped.signal.aborted) console.error(error);
        return 0;
      });
      if (records < BATCH) await delay(POLL_MS, stopped.signal);
    }
    reader.stop();
  })();
  return () => {
    stopped.abort();
    return following;
  };
}

/** Ends early, and quietly, when the signal is aborted. */
async function delay(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
