import { expectedRequests, leaseSize } from './lease-size.ts';

/** The length of a lease until the service has granted one: the default of its setting. */
const EXPECTED_LEASE_MS = 1500;

/** The demand at a moment. */
export interface Measurement {
  readonly at: number;
  /** The requests accepted until then. */
  readonly used: number;
  /** The requests expected in the time of a lease. */
  readonly expected: number;
}

/** How much a combination is used, measured at each call that the service answers with 200. */
export class Demand {
  #used = 0;
  #last: (Measurement & { readonly granted: number }) | undefined;
  /** The longest lease so far: before the end of an hour, leases are shorter. */
  #longestLeaseMs = 0;

  /** Counts an accepted request. */
  count(): void {
    this.#used++;
  }

  /** @param now milliseconds of the monotonic clock */
  measure(now: number): Measurement {
    return { at: now, used: this.#used, expected: this.#expected(now) };
  }

  /**
   * Keeps the measurement from before a call.
   * @param lease what the call granted; absent for one request
   */
  keep(measured: Measurement, lease?: { requests: number; milliseconds: number } | null): void {
    this.#last = { ...measured, granted: lease?.requests ?? 1 };
    this.#longestLeaseMs = Math.max(this.#longestLeaseMs, lease?.milliseconds ?? 0);
  }

  /** Begins again: a refused key has no demand to plan for. */
  forget(): void {
    this.#last = undefined;
  }

  /** Returns for how many requests to ask, of which some wait already. */
  size({ expected }: Measurement, waiting: number): number {
    return leaseSize(expected, this.#last?.granted ?? 1, waiting);
  }

  /** The expected requests per millisecond, as of the last call. */
  get rate(): number {
    return (this.#last?.expected ?? 0) / this.#leaseMs;
  }

  #expected(now: number): number {
    if (!this.#last) return 0;
    const { at, used, expected } = this.#last;
    const since = { expectedBefore: expected, used: this.#used - used, elapsedMs: now - at };
    return expectedRequests(since, this.#leaseMs);
  }

  get #leaseMs(): number {
    return this.#longestLeaseMs || EXPECTED_LEASE_MS;
  }
}
