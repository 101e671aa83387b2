import { type Clock, isWithin, type Moment } from './clock.ts';
import type { Validation } from './types.ts';

/** An answer of the service that may be given again: a lease, or a refusal that is remembered. */
export class HeldAnswer {
  /** The same for every use, so that a use allocates nothing. */
  readonly promise: Promise<Validation>;
  #uses = 0;

  /**
   * @param since the moment before the request for the answer was sent
   * @param milliseconds how long the answer may be used from then on
   * @param requests how many requests may use it
   */
  constructor(
    readonly validation: Validation,
    readonly since: Moment,
    readonly milliseconds: number,
    readonly requests = Number.POSITIVE_INFINITY,
  ) {
    this.promise = Promise.resolve(validation);
  }

  get uses(): number {
    return this.#uses;
  }

  get left(): number {
    return this.requests - this.#uses;
  }

  isUsable(clock: Clock): boolean {
    return this.left > 0 && isWithin(clock, this.since, this.milliseconds);
  }

  /** Counts a use. */
  use(): void {
    this.#uses++;
  }
}
