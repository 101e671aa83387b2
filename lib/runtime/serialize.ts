import { Unavailable } from '../domain/unavailable.ts';
import { deadlineSignal, LONGEST_WAIT_MS } from './deadline.ts';

/** The last piece of work of each queue that has any. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs work one piece after another: by default all that is CPU-bound. Run concurrently, all pieces
 * would finish late; one after another, the first finishes early, and later ones can use its result.
 * A Lambda function has one request at a time and never waits here; the one-machine run has many.
 * @param queue pieces of other queues run at the same time
 * @throws Unavailable when the deadline passes before the work's turn comes
 */
export function serialize<T>(work: () => Promise<T>, queue = 'cpu'): Promise<T> {
  const queuedAt = performance.now();
  const turn = (queues.get(queue) ?? Promise.resolve()).then(() => {
    const waitedTooLong = performance.now() - queuedAt > LONGEST_WAIT_MS;
    if (waitedTooLong || deadlineSignal()?.aborted) throw new Unavailable('out of time');
    return work();
  });
  const ended = turn
    .catch(() => undefined)
    .finally(() => {
      if (queues.get(queue) === ended) queues.delete(queue);
    });
  queues.set(queue, ended);
  return turn;
}
