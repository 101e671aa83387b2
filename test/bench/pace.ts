import { setTimeout as delay } from 'node:timers/promises';

/** Starts `count` calls at an even rate and waits for all of them. */
export async function pace(
  count: number,
  perSecond: number,
  call: () => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const started: Promise<void>[] = [];
  while (started.length < count) {
    const due = 1 + Math.floor(((performance.now() - began) / 1000) * perSecond);
    while (started.length < Math.min(due, count)) started.push(call());
    await delay(1);
  }
  await Promise.all(started);
}
