import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';

/** Callers give up after 5 s, when Lambda would kill us too: answer at 3.4 s, to be heard within 4. */
export const ANSWER_BEFORE_END_MS = 1_600;
/** Begin nothing more at 2.7 s: what was begun may still be answered, or looked after. */
const STOP_BEFORE_END_MS = 2_300;
/** As long as that, for work without a deadline of its own. */
export const LONGEST_WAIT_MS = 2_700;

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
