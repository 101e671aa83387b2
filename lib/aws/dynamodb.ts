import { setTimeout as delay } from 'node:timers/promises';
import {
  type $Command,
  type CancellationReason,
  DynamoDBClient,
  type DynamoDBClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { deadlineSignal } from '../deadline.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { withoutAnswer } from './answer.ts';

/** A refused connection is soon tried again; a request that hangs leaves room for one more within the deadline. */
const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // Plain HTTP is the one-machine run, where one process has the requests of many Lambdas.
    httpAgent: { keepAlive: true, maxSockets: 500 },
  },
});

const CONFLICT_ATTEMPTS = 8;
const CONFLICT_BASE_MS = 5;

/**
 * Sends one command to DynamoDB. Meeting another transaction on the same item is no result: it is tried
 * again with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param abortSignal ends it; the request's deadline, unless said otherwise
 * @throws Unavailable when DynamoDB gave no answer, or none in time
 */
export async function dynamodb<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: $Command<I, O, DynamoDBClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  abortSignal = deadlineSignal(),
): Promise<O> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.send(command, { abortSignal });
    } catch (error) {
      if (!isConflict(error)) throw withoutAnswer(error);
      if (attempt === CONFLICT_ATTEMPTS) throw new Unavailable('only conflicts', { cause: error });
      await delay(Math.random() * CONFLICT_BASE_MS * 2 ** attempt);
    }
  }
}

/**
 * The reasons, one per item, why a transaction did not happen because a condition did not hold.
 * @throws whatever it is given that is anything else
 */
export function failedConditions(error: unknown): CancellationReason[] {
  if (error instanceof TransactionCanceledException && has(error, 'ConditionalCheckFailed')) {
    return error.CancellationReasons ?? [];
  }
  throw error;
}

/** Another transaction's conflict or a throttle; a condition that failed or a bad request stays as it is. */
function isConflict(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    (error instanceof TransactionCanceledException &&
      !has(error, 'ConditionalCheckFailed') &&
      !has(error, 'ValidationError'))
  );
}

function has(error: TransactionCanceledException, code: string): boolean {
  return error.CancellationReasons?.some((reason) => reason.Code === code) ?? false;
}
