import { setTimeout as delay } from 'node:timers/promises';
import {
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { isFinal, isThrottle } from '../errors.ts';

/** The number of attempts to send a command, and the pauses between them. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  /**
   * The errors after which a command is sent again.
   * - `conflicts`: a conflict with a transaction, and no other;
   * - `sdk-and-conflicts`: also those that the SDK retries by itself, at most twice, up to 1 s
   *   apart;
   * - `all-transient`: every error that leaves the result open. The command must be idempotent, or
   *   be safe to carry out twice.
   */
  readonly repeats: 'conflicts' | 'sdk-and-conflicts' | 'all-transient';
}

/**
 * For requests of services. An administrator's transaction holds a key's item for a few
 * milliseconds; a request that still fails then gives up, so as not to delay the administrator.
 */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  baseMs: 5,
  capMs: 40,
  repeats: 'sdk-and-conflicts',
};

/** For commands that must not be carried out twice: after a lost answer they are not sent again. */
export const AT_MOST_ONCE: RetryPolicy = { ...DEFAULT_RETRY, repeats: 'conflicts' };

/**
 * For administrators' changes: again after a few milliseconds, until the request's deadline. A
 * flood of writes to a key makes many attempts fail, by conflicts and by throttling, but each
 * attempt has a chance of its own.
 */
export const UNTIL_DEADLINE: RetryPolicy = {
  attempts: 1000,
  baseMs: 5,
  capMs: 40,
  repeats: 'all-transient',
};

/** For entries of the usage log, whose writer has to learn the result if at all possible. */
export const LOG_RETRY: RetryPolicy = {
  attempts: 6,
  baseMs: 20,
  capMs: 200,
  repeats: 'all-transient',
};

/** For background work, which no caller waits for and which starts again when it fails. */
export const BACKGROUND_RETRY: RetryPolicy = {
  attempts: 12,
  baseMs: 10,
  capMs: 200,
  repeats: 'all-transient',
};

/**
 * Waits before the next attempt, with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export async function pause(attempt: number, { baseMs, capMs }: RetryPolicy): Promise<void> {
  await delay(Math.random() * Math.min(capMs, baseMs * 2 ** attempt));
}

/** Cancellation reasons that are final; any other is transient. */
const FINAL_REASONS: readonly unknown[] = ['None', 'ConditionalCheckFailed', 'ValidationError'];

/**
 * Returns whether the policy sends a command again after this error. A failed condition beside a
 * conflict or a throttle is not final: the item that could not be checked may have the reason that
 * counts.
 */
export function isRetried(error: unknown, { repeats }: RetryPolicy): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (error instanceof TransactionCanceledException) {
    return error.CancellationReasons?.some(({ Code }) => !FINAL_REASONS.includes(Code)) ?? false;
  }
  return repeats === 'all-transient' && !isFinal(error);
}

/** Returns whether the command was certainly not carried out. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    error instanceof TransactionCanceledException ||
    isThrottle(error) ||
    (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')
  );
}
