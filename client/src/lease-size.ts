/** The most that the service accepts in `lease_requests`. */
const MAX_LEASE_REQUESTS = 1000;

/** The least time before the end of a lease at which the next one is asked for. */
const MIN_LEAD_MS = 20;

/**
 * Returns the milliseconds before the end of a lease at which to ask for the next one.
 * @param roundTripMs how long the last call took
 */
export function leadMilliseconds(leaseMs: number, roundTripMs: number): number {
  return Math.min(Math.max(MIN_LEAD_MS, 2 * roundTripMs), leaseMs / 2);
}

/**
 * Returns the milliseconds of a lease whose requests to ask for: those between two calls, the next
 * of which is made ahead of its end.
 */
export function usefulMilliseconds(leaseMs: number, roundTripMs: number): number {
  return leaseMs - leadMilliseconds(leaseMs, roundTripMs);
}

/** The requests of a combination up to now. */
export interface Demand {
  /** The result of `expectedRequests` at the last call. */
  readonly expectedBefore: number;
  /** The requests accepted since then. */
  readonly used: number;
  /** Milliseconds since then. */
  readonly elapsedMs: number;
}

/**
 * Returns how many requests to expect in the time of a lease. It is an average of the past in which
 * the weight of a request falls by 1/e in the time of a lease. A rate measured since the last call
 * alone would be one of two requests that came together by chance.
 * @param leaseMs the time of a lease in milliseconds
 */
export function expectedRequests(
  { expectedBefore, used, elapsedMs }: Demand,
  leaseMs: number,
): number {
  const leases = Math.max(elapsedMs, 1) / leaseMs;
  // The integral of the weights over the time since the last call, in which the use was even.
  const weight = -Math.expm1(-leases) / leases;
  return expectedBefore * Math.exp(-leases) + used * weight;
}

/**
 * Returns for how many requests to ask. It is less than expected by the standard deviation of
 * requests that come at random, because those that are not used are lost to the key's hour. It at
 * most doubles from call to call, except for requests that wait already.
 * @param expected the requests that are expected in the useful time of a lease
 * @param granted the requests that the last call granted; 1 without a lease
 * @param waiting the requests that wait for the call
 * @returns 1 to 1000; at 1, no lease is needed
 */
export function leaseSize(expected: number, granted: number, waiting: number): number {
  const likely = Math.floor(expected - Math.sqrt(expected));
  return Math.min(Math.max(Math.min(likely, 2 * granted), waiting, 1), MAX_LEASE_REQUESTS);
}
