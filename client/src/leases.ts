import type { Clock } from './clock.ts';
import type { HeldAnswer } from './held-answer.ts';

/** The least time before the end of a lease at which the next one is asked for. */
const MIN_LEAD_MS = 20;

/** The leases of a combination: the one in use, and at most one that was asked for ahead. */
export class Leases {
  readonly #clock: Clock;
  #current: HeldAnswer | undefined;
  #next: HeldAnswer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the lease to use, the older first, because it ends first. */
  usable(): HeldAnswer | undefined {
    if (this.#current?.isUsable(this.#clock)) return this.#current;
    this.#current = this.#next;
    this.#next = undefined;
    if (this.#current?.isUsable(this.#clock)) return this.#current;
    this.#current = undefined;
    return undefined;
  }

  add(lease: HeldAnswer): void {
    if (this.usable()) this.#next = lease;
    else this.#current = lease;
  }

  drop(): void {
    this.#current = undefined;
    this.#next = undefined;
  }

  /**
   * Returns whether to ask for the next lease now, so that it is there before this one ends.
   * @param roundTripMs how long the last call took
   * @param requestsPerMs the expected rate
   */
  isRenewalDue(lease: HeldAnswer, roundTripMs: number, requestsPerMs: number): boolean {
    // A lease that was used once says nothing about a next use.
    if (this.#next || lease.uses < 2) return false;
    const leadMs = Math.min(Math.max(MIN_LEAD_MS, 2 * roundTripMs), lease.milliseconds / 2);
    const ageMs = this.#clock.now() - lease.since.at;
    return lease.milliseconds - ageMs < leadMs || lease.left <= requestsPerMs * leadMs;
  }
}
