import { setTimeout as delay } from 'node:timers/promises';

/** Starts `count` calls at an even rate and waits for all of them. Rejects if one of them does. */
export async function pace(
  count: number,
  perSecond: number,
  call: () => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const started: Promise<void>[] = [];
  const start = () => {
    const called = call();
    // It is awaited only when all have been started; Node.js would end the process before.
    called.catch(() => {});
    started.push(called);
  };
  while (started.length < count) {
    const due = 1 + Math.floor(((performance.now() - began) / 1000) * perSecond);
    while (started.length < Math.min(due, count)) start();
    await delay(1);
  }
  await Promise.all(started);
}
