import type { Result } from './ask.ts';
import type { ValidateOptions } from './types.ts';

/** A validation that waits for an answer. */
export interface Waiter {
  readonly request: ValidateOptions;
  /** When it began, in milliseconds of the monotonic clock. */
  readonly beganAt: number;
  readonly give: (result: Result) => void;
}

/** The validations that wait for a call that is yet to be made, the oldest first. */
export class Waiters {
  #waiting: Waiter[] = [];

  get first(): Waiter | undefined {
    return this.#waiting[0];
  }

  add(waiter: Waiter): void {
    this.#waiting.push(waiter);
  }

  /** Puts waiters back whom the answer to their call did not serve. */
  putBack(waiters: readonly Waiter[]): void {
    // Those of an overdue call began before those of the next, which may have been put back already.
    this.#waiting = [...waiters, ...this.#waiting].sort((a, b) => a.beganAt - b.beganAt);
  }

  takeFirst(): Waiter | undefined {
    return this.#waiting.shift();
  }

  takeAll(): Waiter[] {
    return this.#waiting.splice(0);
  }

  /** Takes those who began at a time or before. */
  takeUntil(time: number): Waiter[] {
    const later = this.#waiting.findIndex(({ beganAt }) => beganAt > time);
    return this.#waiting.splice(0, later < 0 ? this.#waiting.length : later);
  }
}

/** Gives all waiters a result. */
export function giveAll(waiters: readonly Waiter[], result: Result): void {
  for (const { give } of waiters) give(result);
}
