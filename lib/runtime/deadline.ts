import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { TIMEOUT_SECONDS } from '../routes.ts';

/**
 * Answers after 3.4 s: callers and Lambda give up at 5 s, and the answer must arrive within 4 s.
 */
export const ANSWER_BEFORE_END_MS = 1_600;
/** Sends nothing more after 2.7 s, so that requests already sent may still be answered. */
const STOP_BEFORE_END_MS = 2_300;
/** Waits for their answers until 3.2 s. */
const ABANDON_BEFORE_END_MS = 1_800;
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

interface Deadline {
  readonly signal: AbortSignal;
  /** When the signal fires, by `performance.now()`. */
  readonly stopsAt: number;
  /** Fires when what was sent is no longer waited for. */
  readonly abandonSignal: AbortSignal;
}

const deadlines = new AsyncLocalStorage<Deadline>();

/**
 * Runs a request's work under a deadline, after which it sends nothing more to DynamoDB: a change
 * that was answered with 503 must not be made later. Middy's own signal can't be used, because all
 * requests of a process share it.
 */
export function underDeadline<T>(remainingMs: number, work: () => T): T {
  const left = Math.max(0, remainingMs - STOP_BEFORE_END_MS);
  const signal = AbortSignal.timeout(left);
  const abandonSignal = AbortSignal.timeout(Math.max(0, remainingMs - ABANDON_BEFORE_END_MS));
  // A request may send many queries at once, and each of them adds a listener.
  setMaxListeners(0, signal, abandonSignal);
  return deadlines.run({ signal, stopsAt: performance.now() + left, abandonSignal }, work);
}

/** Returns the deadline's signal of the current request. */
export function deadlineSignal(): AbortSignal | undefined {
  return deadlines.getStore()?.signal;
}

/** Returns the signal after which the current request waits for no answer of DynamoDB. */
export function abandonSignal(): AbortSignal | undefined {
  return deadlines.getStore()?.abandonSignal;
}

/**
 * Returns the signal for what is sent before a wait: it fires so much earlier that the wait ends in
 * time for the answer.
 */
export function deadlineBefore(waitMs: number): AbortSignal | undefined {
  const deadline = deadlines.getStore();
  if (!deadline || waitMs === 0) return deadline?.signal;
  const left = Math.floor(deadline.stopsAt - waitMs - performance.now());
  return left > 0 ? AbortSignal.timeout(left) : AbortSignal.abort();
}
