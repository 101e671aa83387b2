import { doubled } from './backoff.ts';

/** How long no lease is asked for after one that was not granted. */
const REFUSED_MS = 10_000;

/** The late leases in a row after which none is asked for, the time doubling up to the longest. */
const MAX_LATE = 3;
const FIRST_LATE_MS = 1000;
const LONGEST_LATE_MS = 10_000;

/** Decides when no leases are asked for, because they are of no use. */
export class Declines {
  #until = Number.NEGATIVE_INFINITY;
  #late = 0;
  #lateAt = Number.NEGATIVE_INFINITY;

  areActive(now: number): boolean {
    return now < this.#until;
  }

  /** Notes that the service grants none. */
  refused(now: number): void {
    this.#until = now + REFUSED_MS;
  }

  /**
   * Notes a lease that was over when it arrived: it serves nobody, but all its requests are counted.
   * A few do not matter, and calls without leases would only add to the load of a slow service.
   * Those that were in flight together count as one.
   */
  late(sentAt: number, now: number): void {
    if (sentAt < this.#lateAt) return;
    this.#lateAt = now;
    this.#late++;
    if (this.#late < MAX_LATE) return;
    this.#until = now + doubled(FIRST_LATE_MS, LONGEST_LATE_MS, this.#late - MAX_LATE);
  }

  /** Notes a lease that arrived in time. */
  inTime(): void {
    this.#late = 0;
  }
}
