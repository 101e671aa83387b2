import { Unavailable } from '../domain/unavailable.ts';

/** The service took the request for one too many, and did not carry it out. */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** True when the service took the request for one too many. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name);
}

/**
 * True for a client fault, which is the service's considered answer to our request. A throttle, a server
 * fault, a broken connection or a time-out is none, and neither is the same transaction still going on.
 */
export function isAnswer(error: unknown): boolean {
  return (
    error instanceof Error &&
    '$fault' in error &&
    error.$fault === 'client' &&
    !isThrottle(error) &&
    error.name !== 'TransactionInProgressException'
  );
}

/**
 * Sorts what an SDK call threw: an answer stays as it is, anything else becomes {@link Unavailable}.
 * @param refused whether it is certain that the request was not carried out
 */
export function withoutAnswer(error: unknown, refused = false): unknown {
  return isAnswer(error) ? error : new Unavailable('no answer', { cause: error, refused });
}
