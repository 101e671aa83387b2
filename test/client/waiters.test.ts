import { expect, test } from '@jest/globals';
import { type Waiter, Waiters } from '../../client/src/waiters.ts';

const waiter = (beganAt: number): Waiter => ({
  request: { key: 'hk_live_key' },
  beganAt,
  give: () => {},
});

/** Creates waiters of which some have been put back: those of the earlier call first. */
function createWaiters() {
  const waiters = new Waiters();
  for (const beganAt of [40, 50]) waiters.add(waiter(beganAt));
  waiters.putBack([waiter(10), waiter(20)]);
  waiters.putBack([waiter(20), waiter(30)]);
  return waiters;
}

const begins = (waiters: Waiter[]) => waiters.map(({ beganAt }) => beganAt);

test('keeps waiters in the order in which they began', () => {
  const waiters = createWaiters();
  expect(waiters.first?.beganAt).toBe(10);
  expect(waiters.takeFirst()?.beganAt).toBe(10);
  expect(begins(waiters.takeAll())).toEqual([20, 20, 30, 40, 50]);
  expect(waiters.first).toBeUndefined();
});

test('takes those who began until a time', () => {
  const waiters = createWaiters();
  expect(begins(waiters.takeUntil(9))).toEqual([]);
  expect(begins(waiters.takeUntil(20))).toEqual([10, 20, 20]);
  expect(begins(waiters.takeUntil(100))).toEqual([30, 40, 50]);
  expect(begins(waiters.takeUntil(100))).toEqual([]);
});
