import { addToTallies, type TallyName } from '../aws/dynamodb/tallies.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { bestEffort } from '../runtime/best-effort.ts';

/** Whoever is refused causes writes, so a process makes no more of them than this per minute. */
const WRITES_PER_MINUTE = 30;

let pending = new Map<TallyName, number>();
/** Whether the last write has failed, so that its counts may be missing. */
let hasFailed = false;
let minute = 0;
let writes = 0;

/**
 * Counts a refused request in the tallies of its hour. Requests beyond the writes of a minute are
 * counted with the next write. They are lost if the process ends before it, so the last write of a
 * minute marks the tally as a minimum. So does the next after one that failed. Never throws.
 */
export async function tallyRefused(name: TallyName, now: Date): Promise<void> {
  pending.set(name, (pending.get(name) ?? 0) + 1);
  const current = Math.floor(now.getTime() / MINUTE_MS);
  if (current !== minute) [minute, writes] = [current, 0];
  if (writes >= WRITES_PER_MINUTE) return;
  writes++;
  const counts = pending;
  pending = new Map();
  const isMinimum = writes === WRITES_PER_MINUTE || hasFailed;
  const write = (signal: AbortSignal) => addToTallies(counts, isMinimum, now, signal);
  hasFailed = !(await bestEffort('tally', write));
}
