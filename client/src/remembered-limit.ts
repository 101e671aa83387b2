import type { Clock, Moment } from './clock.ts';
import { HeldAnswer } from './held-answer.ts';
import type { Refused } from './types.ts';

/**
 * How long a 429 is remembered. The service confirms a change of a limit one second after it, and
 * may itself answer from memory for half of that; the other half is left for the client.
 */
export const LIMITED_MS = 500;

/** With fewer seconds to wait, a remembered 429 could outlast the hour that it is about. */
const MIN_RETRY_AFTER_S = 2;

/** The memory of a limit that a combination has reached. */
export class RememberedLimit {
  readonly #clock: Clock;
  #refusal: HeldAnswer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the refusal while it is remembered. */
  usable(): HeldAnswer | undefined {
    if (!this.#refusal?.isUsable(this.#clock)) this.#refusal = undefined;
    return this.#refusal;
  }

  /** @param since the moment before the call that was refused with 429 */
  remember(refusal: Refused, since: Moment): void {
    if ((refusal.retryAfter ?? 0) < MIN_RETRY_AFTER_S) return;
    this.#refusal = new HeldAnswer(refusal, since, LIMITED_MS);
  }

  forget(): void {
    this.#refusal = undefined;
  }
}
