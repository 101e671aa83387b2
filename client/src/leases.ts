import type { Clock } from './clock.ts';
import type { HeldAnswer } from './held-answer.ts';
import { leadMilliseconds } from './lease-size.ts';

/** The leases of a combination: the one in use, and those that were asked for ahead. */
export class Leases {
  readonly #clock: Clock;
  /** The one in use is the first. Only overdue calls bring more than two. */
  #held: HeldAnswer[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the lease to use. */
  usable(): HeldAnswer | undefined {
    for (;;) {
      const [first] = this.#held;
      if (!first || first.isUsable(this.#clock)) return first;
      this.#held.shift();
    }
  }

  add(lease: HeldAnswer): void {
    this.#held.push(lease);
  }

  drop(): void {
    this.#held = [];
  }

  /**
   * Returns whether to ask for the next lease now, so that it is there before this one ends.
   * @param roundTripMs how long the last call took
   * @param requestsPerMs the expected rate
   */
  isRenewalDue(lease: HeldAnswer, roundTripMs: number, requestsPerMs: number): boolean {
    // A lease that was used once says nothing about a next use.
    if (this.#held.length > 1 || lease.uses < 2) return false;
    const leadMs = leadMilliseconds(lease.milliseconds, roundTripMs);
    const ageMs = this.#clock.now() - lease.since.at;
    return lease.milliseconds - ageMs < leadMs || lease.left <= requestsPerMs * leadMs;
  }
}
