/** The limits of a stage, in the order in which a request meets them. */
export const LIMITS = [
  'stageThrottle',
  'accountThrottle',
  'executions',
  'keyLimit',
  'table',
  'partition',
] as const;
export type Limit = (typeof LIMITS)[number];

/** Less is an error of rounding. */
export const EPSILON = 1e-6;

/** Adds up what limits refuse, and notes when each was met first. */
export class Tally {
  readonly refused = Object.fromEntries(LIMITS.map((limit) => [limit, 0])) as Record<Limit, number>;
  private readonly seconds = new Map<Limit, number>();

  /** @returns what is admitted */
  admit(limit: Limit, second: number, offered: number, admitted: number): number {
    this.meet(limit, second, offered - admitted);
    this.refuse(limit, offered - admitted);
    return admitted;
  }

  meet(limit: Limit, second: number, calls: number): void {
    if (calls > EPSILON && !this.seconds.has(limit)) this.seconds.set(limit, second);
  }

  refuse(limit: Limit, calls: number): void {
    this.refused[limit] += calls;
  }

  /** Returns the limits that were met, first to last. */
  met(): { readonly limit: Limit; readonly second: number }[] {
    return LIMITS.flatMap((limit) => {
      const second = this.seconds.get(limit);
      return second === undefined ? [] : [{ limit, second }];
    }).sort((a, b) => a.second - b.second);
  }
}
