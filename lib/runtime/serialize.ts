import { Unavailable } from '../domain/unavailable.ts';
import { deadlineSignal, LONGEST_WAIT_MS } from './deadline.ts';

let last: Promise<unknown> = Promise.resolve();

/**
 * Does work that keeps the processor busy, one after another. Side by side all of it would end
 * late; in turn the first ends soon, and those behind it can see what it did. A Lambda has one request
 * at a time and never waits here; the one-machine run has many.
 * @throws Unavailable when the request's deadline passed while it waited, or would have
 */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const came = performance.now();
  const turn = last.then(() => {
    const late = performance.now() - came > LONGEST_WAIT_MS;
    if (late || deadlineSignal()?.aborted) throw new Unavailable('out of time');
    return work();
  });
  last = turn.catch(() => undefined);
  return turn;
}
