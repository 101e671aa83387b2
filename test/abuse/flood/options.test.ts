import { expect, test } from '@jest/globals';
import { ATTACKS } from '../attacks.ts';
import { OPEN_ATTACKS } from '../open-attacks.ts';
import { readOptions } from './options.ts';

test('takes every attack 30,000 times, or those that are named', () => {
  const attacks = [...ATTACKS, ...OPEN_ATTACKS];
  expect(readOptions([])).toEqual({ attacks, requests: 30_000 });
  const { attacks: named, requests } =
    readOptions(['--attack', 'ready', '--attack', 'revoked', '--requests', '5']) ?? {};
  expect([named?.map(({ id }) => id), requests]).toEqual([['revoked', 'ready'], 5]);
  expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
});

test('returns nothing when asked for help', () => {
  expect(readOptions(['--help'])).toBeUndefined();
});

test.each([
  [['--attack', 'nothing'], /^--attack takes one of .+; not nothing$/],
  [['--requests', '0'], /^--requests takes a whole number from 1 on$/],
  [['--requests', 'x'], /^--requests takes a whole number from 1 on$/],
  [['--rounds', '1'], /--rounds/],
])('rejects %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
