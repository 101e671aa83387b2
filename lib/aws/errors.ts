import { Unavailable } from '../domain/unavailable.ts';

const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Returns whether the service throttled the request, and therefore did not carry it out. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name);
}

/**
 * Returns whether the error is the service's final answer to this request: a client fault. A
 * throttle, a server fault, a broken connection, a time-out and a transaction that is still in
 * progress say nothing about the request, which may succeed when it is sent again.
 */
export function isFinal(error: unknown): boolean {
  return (
    error instanceof Error &&
    '$fault' in error &&
    error.$fault === 'client' &&
    !isThrottle(error) &&
    error.name !== 'TransactionInProgressException'
  );
}

/**
 * Returns the error itself if it is a final answer, else an {@link Unavailable} with it as cause.
 * @param refused whether the request was certainly not carried out
 */
export function toUnavailable(error: unknown, refused = false): unknown {
  return isFinal(error) ? error : new Unavailable('no answer', { cause: error, refused });
}
