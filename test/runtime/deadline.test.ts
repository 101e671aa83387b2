import { expect, test } from '@jest/globals';
import { delayBeforeHandler } from '../../lib/runtime/deadline.ts';

const NOW = Date.parse('2026-11-23T18:30:00.000Z');

test.each([
  ['received at once', 0, 0],
  ['a cold start of 900 ms', -900, 900],
  ['a cold start of nearly the whole time', -4999, 4999],
  ['longer than any request may take', -5000, 0],
  ['another day', -86_400_000, 0],
  ['in the future', 1, 0],
])('%s: a receipt at %d ms is a delay of %d ms', (_, offset, delay) => {
  expect(delayBeforeHandler(NOW + offset, NOW)).toBe(delay);
});
