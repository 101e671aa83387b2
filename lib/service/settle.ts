import { readKey } from '../aws/dynamodb/keys.ts';
import { longestLease, MAX_LEASE_MS } from '../domain/lease.ts';
import { sleepUntil } from '../runtime/sleep-until.ts';

/**
 * Waits until no caller repeats an answer that was given before a write: each lease granted before
 * it has ended, and so has each memory of a reached limit if the write changed a limit. The write
 * comes first, so no answer on the old terms can be given after it.
 * @param writtenAt when the write was answered, by `performance.now()`
 * @param waitMs for how long such an answer may be repeated
 */
export function settle(writtenAt: number, ...waitMs: readonly number[]): Promise<void> {
  return sleepUntil(writtenAt + Math.max(...waitMs));
}

/**
 * Waits until every lease of a key that was granted before a write has ended. It reads the mark of
 * leases after the write, and assumes the longest lease if it can't.
 * @param writtenAt when the write was answered, by `performance.now()`
 */
export async function settleLeases(keyId: string, writtenAt: number): Promise<void> {
  const read = readKey(keyId, AbortSignal.timeout(MAX_LEASE_MS));
  const leaseMs = await read.then(
    (key) => (key ? longestLease(key.leases) : 0),
    () => MAX_LEASE_MS,
  );
  return settle(writtenAt, leaseMs);
}
