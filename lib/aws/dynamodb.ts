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
  // Commands that are sent without a signal share what the SDK would make anew for each: a tenth of its time.
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // Plain HTTP is the one-machine run, where one process has the requests of many Lambdas.
    httpAgent: { keepAlive: true, maxSockets: 500 },
  },
});

/** How often it is worth trying again, and how far apart. */
interface Patience {
  readonly attempts: number;
  readonly baseMs: number;
  readonly mostMs: number;
}

/** Until the deadline: a transaction holds its items for some milliseconds, so it is no use to wait for long. */
const MET_BY_WRITE: Patience = { attempts: 100, baseMs: 5, mostMs: 40 };
/** Longer, so that where many meet on one key its validations, which are plain writes, come first. */
const MET_BY_TRANSACTION: Patience = { attempts: 100, baseMs: 5, mostMs: 120 };
/** Soon is too soon for a table that has too much to do. */
const THROTTLED: Patience = { attempts: 3, baseMs: 100, mostMs: 400 };

type Sendable<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  DynamoDBClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/**
 * Sends one command to DynamoDB. Meeting another transaction on the same item, or a throttle within
 * one, is no result: it is tried again with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
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
      return await (abortSignal ? client.send(attempted, { abortSignal }) : client.send(attempted));
    } catch (error) {
      const patience = patienceWith(error);
      if (!patience) throw withoutAnswer(error);
      // Without its cause, which may hold the items that were met, and what proves a key in them.
      if (attempt >= patience.attempts) throw new Unavailable(`no result: ${String(error)}`);
      await delay(Math.random() * Math.min(patience.mostMs, patience.baseMs * 2 ** attempt));
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
 * Undefined for an error that is a result. A condition that failed beside a conflict or a throttle
 * decides nothing: what the other item would have said may count for more.
 */
function patienceWith(error: unknown): Patience | undefined {
  if (error instanceof TransactionConflictException) return MET_BY_WRITE;
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const undecided = error.CancellationReasons?.filter(({ Code }) => !VERDICTS.includes(Code)) ?? [];
  if (undecided.length === 0) return undefined;
  return undecided.every(({ Code }) => Code === 'TransactionConflict')
    ? MET_BY_TRANSACTION
    : THROTTLED;
}
