import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { TIMEOUT_SECONDS } from '../routes.ts';

/** Callers give up after 5 s, when Lambda would kill us too: answer at 3.4 s, to be heard within 4. */
export const ANSWER_BEFORE_END_MS = 1_600;
/** Begin nothing more at 2.7 s: what was begun may still be answered, or looked after. */
const STOP_BEFORE_END_MS = 2_300;
/** As long as that, for work without a deadline of its own. */
export const LONGEST_WAIT_MS = 2_700;

/**
 * Returns how long a request was on its way to the handler: a cold start is part of the time that its
 * caller waits, but not of the time that Lambda gives the handler. A difference that no live request
 * can have comes from a clock that is off, and counts as none.
 * @param receivedAt when API Gateway received the request, in milliseconds since the epoch
 */
export function delayBeforeHandler(receivedAt: number, now: number): number {
  const delay = now - receivedAt;
  return delay > 0 && delay < TIMEOUT_SECONDS * 1000 ? delay : 0;
}

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Does a request's work under a deadline, after which it sends nothing more to DynamoDB: a caller who
 * was told that it failed must not find it done later. Middy's own signal won't do: all requests of
 * a process share it.
 */
export function underDeadline<T>(remainingMs: number, work: () => T): T {
  const signal = AbortSignal.timeout(Math.max(0, remainingMs - STOP_BEFORE_END_MS));
  // A request may send many queries at once, each of which listens: no leak.
  setMaxListeners(0, signal);
  return signals.run(signal, work);
}

/** The signal of the request being worked on. */
export function deadlineSignal(): AbortSignal | undefined {
  return signals.getStore();
}
