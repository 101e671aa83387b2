import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until a time on the monotonic clock, `performance.now()`, in milliseconds. A timer alone may
 * fire early: Node.js starts it at the time when the event loop's current turn began.
 */
export async function sleepUntil(at: number): Promise<void> {
  let left = at - performance.now();
  while (left > 0) {
    await delay(Math.ceil(left));
    left = at - performance.now();
  }
}
