import { expect, test } from '@jest/globals';
import { daySpans, nextDay } from '../../lib/domain/day-spans.ts';

test('a time within one day is one span', () => {
  const [from, to] = ['2026-11-23T06:00:00.000Z', '2026-11-23T18:30:00.000Z'];
  expect([...daySpans(from, to)]).toEqual([{ day: '2026-11-23', from, to }]);
});

test('a time of several days is divided at midnight, the last day first', () => {
  expect([...daySpans('2026-11-29T23:59:59.999Z', '2026-12-01T00:00:00.001Z')]).toEqual([
    { day: '2026-12-01', from: '2026-12-01T00:00:00.000Z', to: '2026-12-01T00:00:00.001Z' },
    { day: '2026-11-30', from: '2026-11-30T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
    { day: '2026-11-29', from: '2026-11-29T23:59:59.999Z', to: '2026-11-30T00:00:00.000Z' },
  ]);
});

test('a whole day is one span, and a time that ends where it begins has none', () => {
  const [from, to] = ['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'];
  expect([...daySpans(from, to)]).toEqual([{ day: '2026-11-23', from, to }]);
  expect([...daySpans(from, from)]).toEqual([]);
});

test.each([
  ['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'],
  ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
])('the day after %s begins at %s', (instant, next) => {
  expect(nextDay(new Date(instant))).toEqual(new Date(next));
});
