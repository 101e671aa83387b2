import { Unavailable } from '../domain/unavailable.ts';

/** Client faults by their shape that say "later", not "no". */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
]);

/** True when the service took the request for one too many. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name);
}

/**
 * Sorts what an SDK call threw. A client fault is the service's considered answer to our request and
 * stays as it is; a throttle, a server fault, a broken connection or a time-out is no answer at all
 * and becomes {@link Unavailable}.
 */
export function withoutAnswer(error: unknown): unknown {
  const isAnswer =
    error instanceof Error && '$fault' in error && error.$fault === 'client' && !isThrottle(error);
  return isAnswer ? error : new Unavailable('no answer', { cause: error });
}
