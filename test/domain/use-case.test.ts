import { expect, test } from '@jest/globals';
import { recommendedLimit, USE_CASE_NAMES, USE_CASES } from '../../lib/domain/use-case.ts';

test.each([
  ['interactive', 1_000, 100, 1_000],
  ['batch', 10_000, 5_000, 50_000],
  ['internal', 50_000, 10_000, 100_000],
  ['development', 100, 100, 100],
] as const)(
  'a key for %s gets %i validations an hour, usual are %i to %i',
  (name, limit, min, max) => {
    expect(recommendedLimit(name)).toBe(limit);
    expect(USE_CASES[name].band).toEqual({ min, max });
  },
);

test('a key without a use case gets 1,000 validations an hour', () => {
  expect(recommendedLimit(null)).toBe(1_000);
});

test('the use cases are listed in the order of the documentation', () => {
  expect(USE_CASE_NAMES).toEqual(['interactive', 'batch', 'internal', 'development']);
});
