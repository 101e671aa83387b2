import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seeded } from '../../infra/capacity/seeded.ts';
import { compare } from './compare.ts';

const ROUNDS = 200;
const TOLERANCE = 0.02;
const LEVEL = 0.01;
const settings = { tolerance: TOLERANCE, level: LEVEL, permutations: 199 };
const exact = { ...settings, tolerance: 0 };

/** Draws times like those of a busy machine: a minimum, a tail, and every tenth is interrupted. */
function times(random: () => number, delay = 0): number[] {
  return Array.from({ length: ROUNDS }, () => {
    const interrupted = random() < 0.1 ? 5 * random() : 0;
    return 0.7 + delay - 0.1 * Math.log(1 - random()) + interrupted;
  });
}

const compared = (first: number[], second: number[]) => compare(first, second, settings, seeded(1));

test.each([
  ['a delay of 0.2 ms', (random: () => number) => times(random, 0.2)],
  ['a lead of 0.2 ms', (random: () => number) => times(random, -0.2)],
  [
    'a delay of every second request',
    (random: () => number) => times(random).map((ms, i) => ms + (i % 2)),
  ],
  [
    'other values around the same median',
    (random: () => number) => times(random).map((ms) => 0.8 + (ms - 0.8) / 4),
  ],
])('finds %s', (_, second) => {
  const random = seeded(2);
  expect(compared(times(random), second(random)).p).toBeLessThan(LEVEL);
});

test('states the delay that it found, and a smaller one that it would have found', () => {
  const random = seeded(3);
  const { difference, margin, resolution } = compared(times(random), times(random, 0.2));
  expect(Math.abs(difference - 0.2)).toBeLessThan(2 * margin);
  expect(resolution).toBeLessThan(0.2);
});

test('finds nothing in equal samples, nor a delay within the tolerance', () => {
  const [first, second] = [times(seeded(4)), times(seeded(5))];
  expect(compared(first, first).p).toBe(1);
  expect(compared(first, second).p).toBeGreaterThan(LEVEL);
  const delayed = first.map((ms) => ms + TOLERANCE);
  expect(compared(first, delayed).p).toBeGreaterThan(0.5);
});

test('is not misled by a machine that slows down for half of the rounds', () => {
  const random = seeded(6);
  const slow = (ms: number, round: number) => (round < ROUNDS / 2 ? ms : 10 * ms);
  expect(compared(times(random).map(slow), times(random).map(slow)).p).toBeGreaterThan(LEVEL);
});

test('errs as often as it says where both samples are of one kind', () => {
  const found = Array.from({ length: 40 }, (_, seed) => {
    const random = seeded(seed);
    return compare(times(random), times(random), exact, random).p <= 0.1;
  }).filter(Boolean);
  // At 10 %, 40 fair runs find 11 or more in one of 400 cases.
  expect(found.length).toBeLessThan(11);
});

test('the result does not depend on the unit, nor on which sample comes first', () => {
  const value = fc.double({ min: 0.5, max: 50, noNaN: true });
  const samples = fc.array(fc.tuple(value, value), { minLength: 20, maxLength: 40 });
  fc.assert(
    fc.property(samples, (rounds) => {
      const first = rounds.map(([ms]) => ms);
      const second = rounds.map(([, ms]) => ms);
      const one = compare(first, second, exact, seeded(1));
      const other = compare(second, first, exact, seeded(1));
      expect([other.p, other.difference]).toEqual([one.p, 0 - one.difference]);
      expect(one.p).toBeGreaterThan(0);
      expect(one.p).toBeLessThanOrEqual(1);
    }),
    { numRuns: 20 },
  );
});
