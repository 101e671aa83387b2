import { expect, test } from '@jest/globals';
import { HELP, readOptions } from './options.ts';

test('sends 50,000 requests with a random seed by default', () => {
  expect(readOptions([])).toEqual({
    seed: expect.any(Number),
    requests: 50_000,
    path: undefined,
  });
});

test('reads every option', () => {
  const args = '--seed 7 --requests 100 --path 3:0:1'.split(' ');
  expect(readOptions(args)).toEqual({ seed: 7, requests: 100, path: '3:0:1' });
});

test('asks for the help text with --help', () => {
  expect(readOptions(['--help'])).toBeUndefined();
});

test.each(['seed', 'requests', 'path', 'help'])('explains --%s in the help', (name) => {
  expect(HELP).toMatch(new RegExp(`^  --${name} .* {2,}\\w`, 'm'));
});

test.each([
  [['--sede', '1'], "Unknown option '--sede'"],
  [['--seed', 'x'], '--seed takes a whole number'],
  [['--requests', '-1'], "Option '--requests' argument is ambiguous"],
  [['--requests', '1e3'], '--requests takes a whole number'],
  [['--path', '1'], '--path needs --seed'],
  [['--seed', '1', '--path', '1:x'], '--path takes numbers'],
])('rejects %j with a message that names the mistake', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
