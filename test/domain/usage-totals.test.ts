import { expect, test } from '@jest/globals';
import { addTotals, nextBillingDate, overageCharges } from '../../lib/domain/usage-totals.ts';

test('totals are added field by field, quantities to three decimals', () => {
  const a = { requests: 1, predictions: 20, compute_ms: 0.1, response_time_ms: 1.001 };
  const b = { requests: 2, predictions: 30, compute_ms: 0.2, response_time_ms: 2.002 };
  expect(addTotals(a, b)).toEqual({
    requests: 3,
    predictions: 50,
    compute_ms: 0.3,
    response_time_ms: 3.003,
  });
});

test.each([
  [0, 5, 0],
  [4, 5, 0],
  [5, 5, 0],
  [6, 5, 0.001],
  [1_005, 5, 1],
  [7, 0, 0.007],
  // 1,009 × 0.001 is 1.0090000000000001 in binary.
  [1_009, 0, 1.009],
  [1_000_000, null, 0],
])(
  '%i predictions with a monthly limit of %p cost %p dollars more',
  (predictions, limit, price) => {
    expect(overageCharges(predictions, limit)).toBe(price);
  },
);

test.each([
  ['2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00Z'],
  ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00Z'],
])('the billing date after %s is %s', (now, date) => {
  expect(nextBillingDate(new Date(now))).toBe(date);
});
