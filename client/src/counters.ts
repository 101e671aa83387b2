import type { Stats } from './types.ts';

/** The counters of a client while it counts. */
export type Counters = { -readonly [Name in keyof Stats]: Stats[Name] };

/** Returns the counters of a new client. */
export function zeroCounters(): Counters {
  return {
    validations: 0,
    local: 0,
    calls: 0,
    unavailable: 0,
    failedOpen: 0,
    reported: 0,
    dropped: 0,
  };
}
