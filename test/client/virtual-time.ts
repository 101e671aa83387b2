import type { Clock } from '../../client/src/clock.ts';

/** Lets all promises settle that need no time to pass. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** Clocks of which a test decides how time passes. */
export class VirtualTime implements Clock {
  /** What is added to the time of day: it was set, or the machine was suspended. */
  wallOffset = 0;
  #now = 0;
  #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return this.#now + this.wallOffset;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Waits until `run` has let a time pass. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((ring) => this.#alarms.push({ at: this.#now + milliseconds, ring }));
  }

  /** Lets time pass until nothing waits for it. */
  async run(): Promise<void> {
    for (await settled(); this.#alarms.length > 0; await settled()) {
      this.#now = Math.min(...this.#alarms.map(({ at }) => at));
      const due = this.#alarms.filter(({ at }) => at === this.#now);
      this.#alarms = this.#alarms.filter(({ at }) => at > this.#now);
      for (const { ring } of due) ring();
    }
  }
}
