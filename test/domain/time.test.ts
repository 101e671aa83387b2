import { expect, test } from '@jest/globals';
import { daysLater } from '../../lib/domain/time.ts';

test.each([
  ['2028-02-28T12:00:00.000Z', 2, '2028-03-01T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', 365, '2027-03-28T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', null, null],
])('%s plus %p days is %p', (from, days, expected) => {
  expect(daysLater(new Date(from), days)).toBe(expected);
});
