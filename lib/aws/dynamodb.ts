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

/** Until the deadline: a transaction holds its items for some milliseconds, so it is no use to wait for long. */
const CONFLICT_ATTEMPTS = 100;
const CONFLICT_BASE_MS = 5;
const CONFLICT_MOST_MS = 40;

type Sendable<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  DynamoDBClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/**
 * Sends one command to DynamoDB. Meeting another transaction on the same item is no result: it is tried
 * again with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param command or what makes it, where each attempt is to be another
 * @param abortSignal ends it; the request's deadline, unless said otherwise
 * @throws Unavailable when DynamoDB gave no answer, or none in time
 */
export async function dynamodb<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: Sendable<I, O> | (() => Sendable<I, O>),
  abortSignal = deadlineSignal(),
): Promise<O> {
  for (let attempt = 1; ; attempt++) {
    try {
      const attempted = typeof command === 'function' ? command() : command;
      return await client.send(attempted, { abortSignal });
    } catch (error) {
      if (!isConflict(error)) throw withoutAnswer(error);
      if (attempt === CONFLICT_ATTEMPTS) throw new Unavailable('only conflicts', { cause: error });
      await delay(Math.random() * Math.min(CONFLICT_MOST_MS, CONFLICT_BASE_MS * 2 ** attempt));
    }
  }
}

/**
 * The reasons, one per item, why a transaction did not happen because a condition did not hold.
 * @throws whatever it is given that is anything else
 */
export function failedConditions(error: unknown): CancellationReason[] {
  const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [];
  if (reasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')) return reasons;
  throw error;
}

/** What a transaction's item is told when it has an opinion, or none; anything else is "not now". */
const VERDICTS: readonly unknown[] = ['None', 'ConditionalCheckFailed', 'ValidationError'];

/**
 * Another transaction's conflict, or a throttle. A condition that failed beside one decides nothing: what
 * the other item would have said may count for more.
 */
function isConflict(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    (error instanceof TransactionCanceledException &&
      error.CancellationReasons?.some(({ Code }) => !VERDICTS.includes(Code)) === true)
  );
}
