import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { TIMEOUT_SECONDS } from '../routes.ts';

/**
 * Answers after 3.4 s: callers and Lambda give up at 5 s, and the answer must arrive within 4 s.
 */
export const ANSWER_BEFORE_END_MS = 1_600;
/** Sends nothing more after 2.7 s, so that requests already sent may still be answered. */
const STOP_BEFORE_END_MS = 2_300;
/** The same limit, for work that has no deadline of its own. */
export const LONGEST_WAIT_MS = 2_700;

/**
 * Returns how long a request took to reach the handler. Its caller waits for a cold start as well,
 * which Lambda does not count as the handler's time. A difference that no live request can have is
 * due to a wrong clock, and counts as none.
 * @param receivedAt when API Gateway received the request, in milliseconds since the epoch
 */
export function delayBeforeHandler(receivedAt: number, now: number): number {
  const delay = now - receivedAt;
  return delay > 0 && delay < TIMEOUT_SECONDS * 1000 ? delay : 0;
}

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs a request's work under a deadline, after which it sends nothing more to DynamoDB: a change
 * that was answered with 503 must not be made later. Middy's own signal can't be used, because all
 * requests of a process share it.
 */
export function underDeadline<T>(remainingMs: number, work: () => T): T {
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - STOP_BEFORE_END_MS));
  // A request may send many queries at once, and each of them adds a listener.
  setMaxListeners(0, signal);
  return signals.run(signal, work);
}

/** Returns the deadline's signal of the current request. */
export function deadlineSignal(): AbortSignal | undefined {
  return signals.getStore();
}
