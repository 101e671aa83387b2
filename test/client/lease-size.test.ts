import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectedRequests, leaseSize } from '../../client/src/lease-size.ts';

const LEASE_MS = 1000;

test.each([
  ['nothing is known', 0, 1, 0, 1],
  ['one caller waits', 0, 1, 1, 1],
  ['many wait', 0, 1, 300, 300],
  ['more wait than a lease may have', 0, 1, 5000, 1000],
  ['few requests are expected', 3.9, 1, 1, 1],
  ['some are expected', 9, 50, 1, 6],
  ['many are expected', 100, 100, 0, 90],
  ['many more are expected than before', 900, 32, 1, 64],
  ['more are expected than a lease may have', 2000, 1000, 0, 1000],
])(
  'when %s: %d expected, %d granted, %d waiting: asks for %d',
  (_, expected, granted, waiting, size) => {
    expect(leaseSize(expected, granted, waiting)).toBe(size);
  },
);

test.each([
  ['the first use', 0, 1, 0, 1],
  ['one use in the time of a lease', 0, 1, 1000, 0.63],
  ['an even use', 100, 100, 1000, 100],
  ['an even use, asked early', 100, 50, 500, 100],
  ['a use that has doubled', 100, 200, 1000, 163],
  ['no use for the time of a lease', 100, 0, 1000, 37],
  ['no use for a long time', 100, 1, 10_000, 0.1],
])('after %s: expected %d, used %d in %d ms: expects %d', (...[, before, used, ms, expected]) => {
  const demand = { expectedBefore: before, used, elapsedMs: ms };
  expect(expectedRequests(demand, LEASE_MS)).toBeCloseTo(expected, expected < 1 ? 1 : 0);
});

const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const whole = fc.integer({ min: 0, max: 100_000 });

test('asks for a whole number from 1 to 1,000, for all who wait, and at most doubles', () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 1000 }), whole, (expected, granted, waiting) => {
      const size = leaseSize(expected, granted, waiting);
      expect(Number.isInteger(size)).toBe(true);
      expect(size).toBeGreaterThanOrEqual(Math.min(Math.max(waiting, 1), 1000));
      expect(size).toBeLessThanOrEqual(Math.min(Math.max(2 * granted, waiting), 1000));
    }),
  );
});

test('expects no more than the requests that there were', () => {
  fc.assert(
    fc.property(amount, whole, amount, (expectedBefore, used, elapsedMs) => {
      const expected = expectedRequests({ expectedBefore, used, elapsedMs }, LEASE_MS);
      expect(expected).toBeGreaterThanOrEqual(0);
      expect(expected).toBeLessThanOrEqual(expectedBefore + used);
    }),
  );
});
