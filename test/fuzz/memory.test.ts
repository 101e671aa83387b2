import { expect, test } from '@jest/globals';
import { growth } from './memory.ts';

const samples = (bytes: number[]) => bytes.map((of, i) => ({ requests: i * 1000, bytes: of }));

test.each([
  ['the same memory', [5, 5, 5, 5], 0],
  ['a kilobyte per request', [0, 1e6, 2e6, 3e6], 1000],
  ['growth until caches are full', [0, 9e6, 9e6, 9e6], 0],
  ['a jump between equal amounts', [0, 0, 0, 0, 6e6, 9e6, 9e6, 6e6], 0],
  ['one sample', [7], 0],
])('%s', (_, bytes, slope) => {
  expect(growth(samples(bytes))).toBeCloseTo(slope);
});
