/** The clocks of the client, both in milliseconds. */
export interface Clock {
  /** Returns the time of a clock that is never set back, from any start. */
  now(): number;
  /** Returns the time of day, which someone may set. */
  wallClock(): number;
}

/** A moment on both clocks. */
export interface Moment {
  readonly at: number;
  readonly wall: number;
}

/** Returns the current moment. */
export function momentOf(clock: Clock): Moment {
  return { at: clock.now(), wall: clock.wallClock() };
}

/**
 * Returns whether less than a time has passed since a moment. Both clocks must say so: the
 * monotonic clock of Linux stops while the machine is suspended, and the time of day can be set.
 */
export function isWithin(clock: Clock, since: Moment, milliseconds: number): boolean {
  return clock.now() - since.at < milliseconds && clock.wallClock() - since.wall < milliseconds;
}
