import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Counters,
  enforcedMonthlyLimit,
  hourWindow,
  isCounter,
  limitUses,
  monthPredictions,
  monthWindow,
  omitCounters,
  type ReachedLimit,
  rateLimitOf,
  reachedLimit,
  remainingPredictions,
  staleCounters,
} from '../../lib/domain/limits.ts';
import type { KeyRecord } from '../../lib/domain/record.ts';
import { aRecord, NOW } from './fixtures.ts';

const HOUR = 'requests_2026112318';
const MONTH = 'predictions_202611';
const HOUR_END = new Date('2026-11-23T19:00:00.000Z');
const MONTH_END = new Date('2026-12-01T00:00:00.000Z');

test.each([
  ['2026-11-23T18:00:00.000Z', HOUR, '2026-11-23T19:00:00.000Z'],
  ['2026-11-23T18:59:59.999Z', HOUR, '2026-11-23T19:00:00.000Z'],
  ['2026-11-23T23:59:59.999Z', 'requests_2026112323', '2026-11-24T00:00:00.000Z'],
  ['2026-12-31T23:59:59.999Z', 'requests_2026123123', '2027-01-01T00:00:00.000Z'],
  ['2027-01-01T00:00:00.000Z', 'requests_2027010100', '2027-01-01T01:00:00.000Z'],
])('at %s the hour counter is %s and its window ends at %s', (now, counter, end) => {
  expect(hourWindow(new Date(now))).toEqual({ counter, endsAt: new Date(end) });
});

test.each([
  ['2026-11-01T00:00:00.000Z', MONTH, '2026-12-01T00:00:00.000Z'],
  ['2026-11-30T23:59:59.999Z', MONTH, '2026-12-01T00:00:00.000Z'],
  ['2026-12-31T23:59:59.999Z', 'predictions_202612', '2027-01-01T00:00:00.000Z'],
  ['2027-01-31T12:00:00.000Z', 'predictions_202701', '2027-02-01T00:00:00.000Z'],
  ['2028-02-29T23:59:59.999Z', 'predictions_202802', '2028-03-01T00:00:00.000Z'],
])('at %s the month counter is %s and its window ends at %s', (now, counter, end) => {
  expect(monthWindow(new Date(now))).toEqual({ counter, endsAt: new Date(end) });
});

test.each([
  ['hour', hourWindow, 3_600_000],
  ['month', monthWindow, 31 * 86_400_000],
])('every instant is in one %s, which ends where the next one begins', (_, windowAt, longest) => {
  const instants = fc.date({
    min: new Date('2020-01-01'),
    max: new Date('2100-01-01'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instants, (now) => {
      const { counter, endsAt } = windowAt(now);
      expect(endsAt.getTime() - now.getTime()).toBeGreaterThan(0);
      expect(endsAt.getTime() - now.getTime()).toBeLessThanOrEqual(longest);
      expect(windowAt(new Date(endsAt.getTime() - 1)).counter).toBe(counter);
      expect(windowAt(endsAt).counter).not.toBe(counter);
      expect(isCounter(counter)).toBe(true);
    }),
  );
});

test.each([
  'version',
  'rate_limit_per_hour',
  'requests_',
  'requests_x',
  `${HOUR}x`,
  `x${HOUR}`,
  'seconds_2026112318',
  'digest',
])('%s is not a counter', (attribute) => {
  expect(isCounter(attribute)).toBe(false);
});

test.each([
  ['2026-11-23T18:30:00.000Z', ['2026112318', '2026112317'], ['202611', '202610']],
  ['2026-11-24T00:00:00.000Z', ['2026112400', '2026112323'], ['202611', '202610']],
  ['2026-12-01T00:00:00.000Z', ['2026120100', '2026113023'], ['202612', '202611']],
  ['2027-01-01T00:30:00.000Z', ['2027010100', '2026123123'], ['202701', '202612']],
  // A date calculation that goes back from March 31 by a month ends in March.
  ['2027-03-31T00:30:00.000Z', ['2027033100', '2027033023'], ['202703', '202702']],
])('at %s the counters of this and the previous hour and month are kept', (now, hours, months) => {
  const kept = [
    ...hours.map((hour) => `requests_${hour}`),
    ...months.map((month) => `predictions_${month}`),
  ];
  const past = ['requests_2026112316', 'requests_2025112318', 'predictions_202609'];
  const counters = Object.fromEntries([...kept, ...past].map((name) => [name, 1]));
  expect(staleCounters(counters, new Date(now)).sort()).toEqual(past.sort());
  expect(staleCounters({}, new Date(now))).toEqual([]);
});

test('the counter of a window that begins after the request is kept', () => {
  const counters = { requests_2026113023: 1, requests_2026120100: 9, predictions_202612: 9 };
  expect(staleCounters(counters, new Date('2026-11-30T23:59:59.999Z'))).toEqual([]);
});

const both = { rate_limit_per_hour: 10, monthly_prediction_limit: 5 };
const rate: ReachedLimit = { code: 'rate_limited', until: HOUR_END };
const monthly: ReachedLimit = { code: 'monthly_limit_exceeded', until: MONTH_END };
test.each<[Partial<KeyRecord>, Counters, ReachedLimit | undefined]>([
  [both, {}, undefined],
  [both, { [HOUR]: 9, [MONTH]: 4 }, undefined],
  [both, { [HOUR]: 10, [MONTH]: 4 }, rate],
  [both, { [HOUR]: 11, [MONTH]: 4 }, rate],
  [both, { [HOUR]: 9, [MONTH]: 5 }, monthly],
  [both, { [HOUR]: 9, [MONTH]: 6 }, monthly],
  [both, { [HOUR]: 10, [MONTH]: 5 }, rate],
  [both, { requests_2026112317: 99, predictions_202610: 99 }, undefined],
  [{ ...both, overage_allowed: true }, { [MONTH]: 99 }, undefined],
  [{ ...both, overage_allowed: true }, { [HOUR]: 10, [MONTH]: 99 }, rate],
  [{ ...both, monthly_prediction_limit: null }, { [MONTH]: 99 }, undefined],
])('limits %j are evaluated at counters %j', (limits, counters, expected) => {
  expect(reachedLimit(aRecord(limits), counters, NOW)).toEqual(expected);
});

test.each([
  [5, false, 5],
  [5, true, undefined],
  [null, false, undefined],
  [null, true, undefined],
])(
  'a monthly limit of %p with overage allowed %p is enforced at %p',
  (limit, overage, enforced) => {
    const record = aRecord({ monthly_prediction_limit: limit, overage_allowed: overage });
    expect(enforcedMonthlyLimit(record)).toBe(enforced);
  },
);

test.each<[Counters, number]>([
  [{}, 10],
  [{ requests_2026112317: 3 }, 10],
  [{ [HOUR]: 1 }, 9],
  [{ [HOUR]: 10 }, 0],
  // The limit may have been lowered since these were counted.
  [{ [HOUR]: 12 }, 0],
])('of a limit of ten, counters %j leave %i until the end of the hour', (counters, remaining) => {
  const record = aRecord({ rate_limit_per_hour: 10 });
  expect(rateLimitOf(record, counters, NOW)).toEqual({ limit: 10, remaining, resetAt: HOUR_END });
});

test('the use of both limits is shown with its window', () => {
  expect(limitUses(aRecord(both), { [HOUR]: 4, [MONTH]: 5 }, NOW)).toEqual({
    hour: {
      code: 'rate_limited',
      limit: 10,
      used: 4,
      remaining: 6,
      startsAt: new Date('2026-11-23T18:00:00.000Z'),
      endsAt: HOUR_END,
      isReached: false,
    },
    month: {
      code: 'monthly_limit_exceeded',
      limit: 5,
      used: 5,
      remaining: 0,
      startsAt: new Date('2026-11-01T00:00:00.000Z'),
      endsAt: MONTH_END,
      isReached: true,
    },
  });
  expect(limitUses(aRecord(both), {}, NOW).hour.used).toBe(0);
});

test.each([
  [5, 3, 2],
  [5, 6, 0],
  [0, 0, 0],
  [null, 3, null],
])('of a monthly limit of %p, %i predictions leave %p', (limit, predictions, left) => {
  const record = aRecord({ monthly_prediction_limit: limit });
  expect(remainingPredictions(record, predictions)).toBe(left);
});

test('the predictions of a month are those of its own counter', () => {
  expect(monthPredictions({ [MONTH]: 3, predictions_202610: 9 }, NOW)).toBe(3);
  expect(monthPredictions({ predictions_202610: 9 }, NOW)).toBe(0);
});

test('counters are left out by name', () => {
  expect(omitCounters({ [HOUR]: 1, [MONTH]: 2 }, [HOUR, 'absent'])).toEqual({ [MONTH]: 2 });
});
