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
import { Unavailable } from '../../domain/unavailable.ts';
import { deadlineSignal } from '../../runtime/deadline.ts';
import { isAnswer, isThrottle, withoutAnswer } from '../errors.ts';

const CONFIG = {
  // Commands that are sent without a signal share what the SDK would make anew for each: a tenth of its time.
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // Plain HTTP is the one-machine run, where one process has the requests of many Lambdas.
    httpAgent: { keepAlive: true, maxSockets: 500 },
  },
} as const;

/** A refused connection is soon tried again; a request that hangs leaves room for one more within the deadline. */
const client = new DynamoDBClient({ ...CONFIG, maxAttempts: 3 });
let clientOfOneAttempt: DynamoDBClient | undefined;

/** How often a command is sent, and the most that is waited in between. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  /**
   * What is sent again: after a conflict with a transaction, beside what the SDK repeats by itself, at most
   * twice and after up to a second; whatever has no result, which takes a command that may be carried out twice;
   * or after a conflict alone.
   */
  readonly repeats: 'as-the-sdk' | 'everything' | 'conflicts';
}

/**
 * Of what services send: an administrator's transaction holds a key's item for some milliseconds. Whoever
 * has had no luck by then is told to come back, and leaves the item to the administrator.
 */
export const GIVE_WAY: RetryPolicy = { attempts: 6, baseMs: 5, capMs: 40, repeats: 'as-the-sdk' };

/** Of what must not be carried out twice: an answer that is lost stays lost. */
export const AT_MOST_ONCE: RetryPolicy = { ...GIVE_WAY, repeats: 'conflicts' };

/**
 * Of administrators' changes: soon again, until the request's deadline. A flood of writes to a key can make
 * many attempts fail, both by conflicts and by throttling its partition, but each has its own chance.
 */
export const INSIST: RetryPolicy = { attempts: 1000, baseMs: 5, capMs: 40, repeats: 'everything' };

/** Of entries of the usage log: as long as a caller waits, and with its outcome known where that is possible. */
export const PERSIST: RetryPolicy = { attempts: 6, baseMs: 20, capMs: 200, repeats: 'everything' };

/** Of work that nobody waits for, and that is taken up again when it fails. */
export const TAKE_TIME: RetryPolicy = {
  attempts: 12,
  baseMs: 10,
  capMs: 200,
  repeats: 'everything',
};

/** How a request is sent, where it is not one that a service waits for. */
export interface SendOptions {
  readonly retry?: RetryPolicy;
  /** Ends it; the request's deadline, unless said otherwise. */
  readonly abortSignal?: AbortSignal | undefined;
}

/**
 * Sends one command to DynamoDB, again where its {@link RetryPolicy} says so.
 * @throws Unavailable when DynamoDB gave no answer, or none in time
 */
export async function dynamodb<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: $Command<I, O, DynamoDBClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  { retry = GIVE_WAY, abortSignal = deadlineSignal() }: SendOptions = {},
): Promise<O> {
  const sender = retry.repeats === 'as-the-sdk' ? client : oneAttempt();
  let refused = sender !== client;
  for (let attempt = 1; ; attempt++) {
    try {
      return await (abortSignal ? sender.send(command, { abortSignal }) : sender.send(command));
    } catch (error) {
      refused &&= isRefusal(error);
      if (!isTransient(error, retry) || abortSignal?.aborted) throw withoutAnswer(error, refused);
      // Without its cause, which may hold the items that were met, and what proves a key in them.
      if (attempt >= retry.attempts)
        throw new Unavailable(`no result: ${String(error)}`, { refused });
      await pause(attempt, retry);
    }
  }
}

/** Waits before the next attempt, with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
export async function pause(attempt: number, { baseMs, capMs }: RetryPolicy): Promise<void> {
  await delay(Math.random() * Math.min(capMs, baseMs * 2 ** attempt));
}

/** Made when it is first needed, which in most functions is never. */
function oneAttempt(): DynamoDBClient {
  clientOfOneAttempt ??= new DynamoDBClient({ ...CONFIG, maxAttempts: 1 });
  return clientOfOneAttempt;
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

/** Cancellation reasons that are final; any other is transient. */
const FINAL_REASONS: readonly unknown[] = ['None', 'ConditionalCheckFailed', 'ValidationError'];

/**
 * True when the command may have a result later. A condition that failed beside a conflict or a throttle
 * decides nothing: what the other item would have said may count for more.
 */
function isTransient(error: unknown, { repeats }: RetryPolicy): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (error instanceof TransactionCanceledException) {
    return error.CancellationReasons?.some(({ Code }) => !FINAL_REASONS.includes(Code)) ?? false;
  }
  return repeats === 'everything' && !isAnswer(error);
}

/** True when the command was certainly not carried out. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    error instanceof TransactionCanceledException ||
    isThrottle(error) ||
    (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')
  );
}
