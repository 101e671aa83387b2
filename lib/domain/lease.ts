import { validUntil } from './key-state.ts';
import { enforcedMonthlyLimit, hourWindow } from './limits.ts';
import type { KeyRecord } from './record.ts';

/** The longest lease a stage may grant, in ms. A change waits for it and is answered within 4 s. */
export const MAX_LEASE_MS = 2_000;

/**
 * A promise to a caller (Gray and Cheriton, 1989): it may repeat the answer `requests` times, this
 * one included, for `milliseconds` from before it sent its request, by its own monotonic clock. No
 * clocks are compared. Whoever changes the key waits until every lease has ended.
 */
export interface Lease {
  readonly requests: number;
  readonly milliseconds: number;
}

/** What a key's item tells of its leases. */
export interface LeaseMarks {
  /** The lengths of all leases, in milliseconds. A set: a longer one of another process stays. */
  readonly lengths: readonly number[];
  /** The number of leases that were granted. */
  readonly granted: number;
  /** The number of those that are known to have ended. */
  readonly ended: number;
}

/** Returns how long, in milliseconds, a lease may last that was granted before now; 0: none was. */
export function longestLease({ lengths }: LeaseMarks): number {
  return Math.max(0, ...lengths);
}

/**
 * Returns how long, in milliseconds, a valid answer may be repeated, or undefined if it may not be.
 * A lease ends with the hour that its requests are counted in, and before the key does.
 * @param longest the stage's longest lease; 0: none
 * @param now not before the caller sent its request
 */
export function leaseMilliseconds(
  record: KeyRecord,
  longest: number,
  now: Date,
): number | undefined {
  if (longest === 0 || isMonthElsewhere(record)) return undefined;
  const end = validUntil(record);
  const ends = [hourWindow(now).endsAt.getTime(), end === null ? Infinity : Date.parse(end)];
  return Math.min(longest, ...ends.map((at) => at - now.getTime()));
}

/**
 * Returns whether the key has a monthly limit but its predictions are counted on its successor's
 * item, where a report that reaches the limit would find no mark of the lease.
 */
function isMonthElsewhere(record: KeyRecord): boolean {
  return record.rotated_to !== null && enforcedMonthlyLimit(record) !== undefined;
}
