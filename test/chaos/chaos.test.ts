import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { runCommand } from '../support/run-command.ts';
import { RULES } from './check.ts';

const chaos = (...args: string[]) =>
  runCommand(['--import', 'tsx', 'test/chaos/main.ts', ...args], {
    // Of the tests' own, only the machine's settings.
    env: { PATH: process.env.PATH },
  });

test('no rule is broken in a short run with faults and kills', async () => {
  const { code, said } = await chaos('--seed', '3', '--operations', '300');
  expect(said).toMatch(/kill of the (service|database) \d.*: no rule was broken\.\n$/);
  expect(code).toBe(0);
}, 120_000);

test('explains its options, and refuses others', async () => {
  expect(await chaos('--help')).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^npm run chaos -- \[options\]/),
  });
  expect(await chaos('--seed', '0')).toMatchObject({
    code: 2,
    complained:
      '--seed is "0"; it takes a whole number from 1 to 999999999.\n\nnpm run chaos -- --help explains the options.\n',
  });
});

test('docs/chaos.md lists the rules', () => {
  const page = readFileSync('docs/chaos.md', 'utf8');
  const rows = [...page.matchAll(/^\| ([a-z][^|]*?) +\|/gm)].map(([, rule]) => rule);
  expect(rows).toEqual(RULES.map(({ name }) => name));
});
