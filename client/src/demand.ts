import { expectedRequests, leaseSize, usefulMilliseconds } from './lease-size.ts';

/** The length of a lease until the service has granted one: the default of its setting. */
const EXPECTED_LEASE_MS = 1500;

/** The leases whose longest is the expected length: before the end of an hour, some are shorter. */
const LEASES_REMEMBERED = 4;

/** The demand at a moment. */
export interface Measurement {
  readonly at: number;
  /** The requests accepted until then. */
  readonly used: number;
  /** The requests expected per millisecond. */
  readonly rate: number;
}

/** How much a combination is used, measured at each call that the service answers with 200. */
export class Demand {
  #used = 0;
  #last: (Measurement & { readonly granted: number }) | undefined;
  #lengths: readonly number[] = [];

  /** Counts an accepted request. */
  count(): void {
    this.#used++;
  }

  /** @param now milliseconds of the monotonic clock */
  measure(now: number): Measurement {
    return { at: now, used: this.#used, rate: this.#rate(now) };
  }

  /**
   * Keeps the measurement from before a call.
   * @param lease what the call granted; absent for one request
   */
  keep(measured: Measurement, lease?: { requests: number; milliseconds: number } | null): void {
    this.#last = { ...measured, granted: lease?.requests ?? 1 };
    if (!lease) return;
    this.#lengths = [...this.#lengths, lease.milliseconds].slice(-LEASES_REMEMBERED);
  }

  /** Begins again: a refused key has no demand to plan for. */
  forget(): void {
    this.#last = undefined;
  }

  /**
   * Returns for how many requests to ask, of which some wait already.
   * @param roundTripMs how long the last call took
   */
  size({ rate }: Measurement, waiting: number, roundTripMs: number): number {
    const expected = rate * usefulMilliseconds(this.leaseMs, roundTripMs);
    return leaseSize(expected, this.#last?.granted ?? 1, waiting);
  }

  /** The expected requests per millisecond, as of the last call. */
  get rate(): number {
    return this.#last?.rate ?? 0;
  }

  /** The expected length of a lease in milliseconds. */
  get leaseMs(): number {
    return this.#lengths.length > 0 ? Math.max(...this.#lengths) : EXPECTED_LEASE_MS;
  }

  #rate(now: number): number {
    if (!this.#last) return 0;
    const { at, used, rate } = this.#last;
    const { leaseMs } = this;
    const since = {
      expectedBefore: rate * leaseMs,
      used: this.#used - used,
      elapsedMs: now - at,
    };
    return expectedRequests(since, leaseMs) / leaseMs;
  }
}
