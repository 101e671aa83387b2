/** The least time after which a call is overdue. */
const MIN_OVERDUE_MS = 250;

/** The calls of a combination that have no answer yet. */
export class PendingCalls {
  /** When each was sent, in milliseconds of the monotonic clock, the oldest first. */
  readonly #sentAt: number[] = [];
  #roundTripMs = 0;
  #roundTripOf = Number.NEGATIVE_INFINITY;

  /** How long the last call took. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Adds a call. */
  add(sentAt: number): void {
    this.#sentAt.push(sentAt);
  }

  remove(sentAt: number): void {
    this.#sentAt.splice(this.#sentAt.indexOf(sentAt), 1);
  }

  /** Notes when a call was answered. */
  measure(sentAt: number, now: number): void {
    // An overdue answer tells less than that of a later call, which was there before it.
    if (sentAt < this.#roundTripOf) return;
    this.#roundTripOf = sentAt;
    this.#roundTripMs = now - sentAt;
  }

  /**
   * Returns whether newcomers wait for the newest call. One that is overdue may be lost, so the next
   * is made beside it. The time doubles with each, because the service may hang: of calls that take
   * 5 seconds, five are made at once.
   */
  areExpected(now: number): boolean {
    const newest = this.#sentAt.at(-1);
    if (newest === undefined) return false;
    const overdueMs = Math.max(MIN_OVERDUE_MS, 4 * this.#roundTripMs);
    return now - newest < overdueMs * 2 ** (this.#sentAt.length - 1);
  }
}
