import { expect, test } from '@jest/globals';
import {
  dayOf,
  daysLater,
  isPast,
  latest,
  MONTH,
  monthOf,
  startOfMonth,
  startOfMonthAfter,
} from '../../lib/domain/time.ts';

test.each([
  ['2028-02-28T12:00:00.000Z', 2, '2028-03-01T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', 365, '2027-03-28T12:00:00.000Z'],
  ['2026-03-28T12:00:00.000Z', null, null],
])('%s plus %p days is %p', (from, days, expected) => {
  expect(daysLater(new Date(from), days)).toBe(expected);
});

test.each(['2026-01', '2026-09', '2026-10', '2026-12', '0001-11'])('%s is a month', (text) => {
  expect(MONTH.test(text)).toBe(true);
});

test.each([
  ...['2026-00', '2026-13', '2026-20', '2026-1', '2026-001', '202-011', '12026-01'],
  ...['2026-0x', '2026-1x', 'abcd-01', '2026-01\n', ' 2026-01', '2026/01'],
])('%j is not a month', (text) => {
  expect(MONTH.test(text)).toBe(false);
});

test.each([
  ['2026-11-01T00:00:00.000Z', '2026-11-01', '2026-11'],
  ['2026-11-30T23:59:59.999Z', '2026-11-30', '2026-11'],
])('%s is in the day %s and the month %s', (instant, day, month) => {
  expect(dayOf(new Date(instant))).toBe(day);
  expect(monthOf(new Date(instant))).toBe(month);
  expect(startOfMonth(month)).toEqual(new Date('2026-11-01T00:00:00.000Z'));
});

test.each([
  ['2026-11-30T23:59:59.999Z', 0, '2026-11-01T00:00:00.000Z'],
  ['2026-12-31T12:00:00.000Z', 1, '2027-01-01T00:00:00.000Z'],
  ['2027-03-31T12:00:00.000Z', -1, '2027-02-01T00:00:00.000Z'],
])('the month of %s plus %i begins at %s', (instant, months, expected) => {
  expect(startOfMonthAfter(new Date(instant), months)).toEqual(new Date(expected));
});

test.each([
  ['2026-11-23T18:29:59.999Z', true],
  ['2026-11-23T18:30:00.000Z', true],
  ['2026-11-23T18:30:00.001Z', false],
  [null, false],
])('at half past six, %p is past: %p', (instant, expected) => {
  expect(isPast(instant, new Date('2026-11-23T18:30:00.000Z'))).toBe(expected);
});

const [first, second] = ['2026-11-23T18:30:00.000Z', '2026-11-23T18:30:00.001Z'];
test.each([
  [[first, second], second],
  [[second, null, first], second],
  [[null, first, null], first],
  [[null, null], null],
  [[], null],
])('the latest of %j is %p', (instants, expected) => {
  expect(latest(instants)).toBe(expected);
});
