import { doubled, withJitter } from './backoff.ts';
import type { AuthUnavailable } from './errors.ts';

/** The pause after the second failure in a row. It doubles up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/** The longest time for which a `Retry-After` of the service is obeyed. */
const MAX_RETRY_AFTER_MS = 5000;

/**
 * The failures in a row of a combination's calls. After the second, the failure is shared for a
 * while in place of calls. It decides nothing, so nobody is told anything outdated.
 */
export class Failures {
  readonly #random: () => number;
  #count = 0;
  #shared: AuthUnavailable | undefined;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #settledAt = Number.NEGATIVE_INFINITY;

  /** @param random returns a number from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Notes an answer, which ends the row. */
  end(now: number): void {
    this.#count = 0;
    this.#shared = undefined;
    this.#settledAt = now;
  }

  /** Notes a failure. Those of calls that were in flight together count as one. */
  add(failure: AuthUnavailable, sentAt: number, now: number): void {
    if (sentAt < this.#settledAt) return;
    this.#settledAt = now;
    this.#count++;
    const longestMs = doubled(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, this.#count - 2);
    const pauseMs = this.#count > 1 ? withJitter(longestMs, this.#random()) : 0;
    const wantedMs = Math.min((failure.retryAfter ?? 0) * 1000, MAX_RETRY_AFTER_MS);
    this.#shared = failure;
    this.#pausedUntil = now + Math.max(pauseMs, wantedMs);
  }

  /** Returns the failure to share now, or undefined if calls are not paused. */
  shared(now: number): AuthUnavailable | undefined {
    return now < this.#pausedUntil ? this.#shared : undefined;
  }
}
