import { Unavailable } from '../domain/unavailable.ts';
import { deadlineSignal, LONGEST_WAIT_MS } from './deadline.ts';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs CPU-bound work one piece after another. Run concurrently, all pieces would finish late; one
 * after another, the first finishes early, and later ones can use its result. A Lambda function has
 * one request at a time and never waits here; the one-machine run has many.
 * @throws Unavailable when the deadline passes before the work's turn comes
 */
export function serialize<T>(work: () => Promise<T>): Promise<T> {
  const queuedAt = performance.now();
  const turn = last.then(() => {
    const waitedTooLong = performance.now() - queuedAt > LONGEST_WAIT_MS;
    if (waitedTooLong || deadlineSignal()?.aborted) throw new Unavailable('out of time');
    return work();
  });
  last = turn.catch(() => undefined);
  return turn;
}
