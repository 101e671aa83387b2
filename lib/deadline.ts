import { AsyncLocalStorage } from 'node:async_hooks';

/** Lambda would kill us at its time-out, which is when callers give up too: stop this long before it, to answer within 4 s. */
export const STOP_BEFORE_END_MS = 1_800;

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Does a request's work under a deadline. What it asks of DynamoDB is given up then, so that nothing
 * is written for a caller who was told that it failed. Middy's own signal won't do: all requests of a
 * process share it.
 */
export function underDeadline<T>(remainingMs: number, work: () => T): T {
  return signals.run(AbortSignal.timeout(Math.max(0, remainingMs - STOP_BEFORE_END_MS)), work);
}

/** The signal of the request being worked on. */
export function deadlineSignal(): AbortSignal | undefined {
  return signals.getStore();
}
