/** The most that the service accepts in `lease_requests`. */
export const MAX_LEASE_REQUESTS = 1000;

/** The last answered call for a combination, and its use until now. */
export interface LastCall {
  /** Milliseconds since it was sent. */
  readonly ageMs: number;
  /** The requests that it granted: 1 without a lease. */
  readonly granted: number;
  /** The length of the last lease. */
  readonly leaseMs: number;
  /** The requests that were accepted since it was sent. */
  readonly used: number;
}

/**
 * Returns how many requests the next call should be for: as many as are expected in the time of a
 * lease, at the rate since the last call. It at most doubles, because what is not used is lost to
 * the hourly limit of the key.
 * @param last absent for the first call
 * @param waiting the requests that wait for the call
 * @returns 1 to 1000; at 1, no lease is needed
 */
export function leaseSize(last: LastCall | undefined, waiting: number): number {
  const expected = last ? expectedRequests(last) : 1;
  return Math.min(Math.max(Math.floor(expected), waiting, 1), MAX_LEASE_REQUESTS);
}

function expectedRequests({ ageMs, granted, leaseMs, used }: LastCall): number {
  // The use of so long ago says nothing about now.
  if (ageMs > 2 * leaseMs) return 1;
  // A use that ended after the lease is over would not have had the lease.
  const measuredMs = Math.max(Math.min(ageMs, leaseMs), 1);
  return Math.min((used * leaseMs) / measuredMs, 2 * granted);
}
