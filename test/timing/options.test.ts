import { expect, test } from '@jest/globals';
import { HELP, readOptions } from './options.ts';

test('takes 4,000 samples with a random seed by default', () => {
  expect(readOptions([])).toEqual({ samples: 4000, seed: expect.any(Number), write: false });
});

test('reads every option', () => {
  const args = ['--samples', '500', '--seed', '7', '--write'];
  expect(readOptions(args)).toEqual({ samples: 500, seed: 7, write: true });
  expect(readOptions(['--help'])).toBeUndefined();
});

test.each(['samples', 'seed', 'write', 'help'])('explains --%s in the help', (name) => {
  expect(HELP).toMatch(new RegExp(`^  --${name} .* {2,}\\w`, 'm'));
});

test.each([
  [['--samples', '19'], '--samples must be a whole number from 20'],
  [['--samples', '1e3'], '--samples must be a whole number from 20'],
  [['--seed', '4294967296'], '--seed must be a whole number from 0'],
])('rejects %j with a message that names the mistake', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
