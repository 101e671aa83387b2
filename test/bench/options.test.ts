import { expect, test } from '@jest/globals';
import { HELP, parseCommand } from './options.ts';

test('measures 1,000 and 100,000 keys and writes bench.json by default', () => {
  expect(parseCommand([])).toEqual({
    kind: 'run',
    options: {
      write: false,
      json: 'bench.json',
      from: undefined,
      extent: { sizes: [1_000, 100_000], memoryKeys: 30_000, reportsPerSecond: 250 },
    },
  });
});

test('reads every option', () => {
  const args = '--write --json a.json --from b.json --large --reports 500'.split(' ');
  expect(parseCommand(args)).toEqual({
    kind: 'run',
    options: {
      write: true,
      json: 'a.json',
      from: 'b.json',
      extent: {
        sizes: [1_000, 100_000, 1_000_000],
        memoryKeys: 1_000_000,
        reportsPerSecond: 500,
      },
    },
  });
});

test('asks for the help text with --help', () => {
  expect(parseCommand(['--help'])).toEqual({ kind: 'help' });
});

test.each(['write', 'json', 'from', 'large', 'reports', 'help'])(
  'explains --%s in the help',
  (name) => {
    expect(HELP).toMatch(new RegExp(`^  --${name} .* {2,}\\w`, 'm'));
  },
);

test.each<[string[], string]>([
  [['--wirte'], "Unknown option '--wirte'."],
  [['now'], "Unexpected argument 'now'."],
  [['--json'], "Option '--json <value>' argument missing."],
  [['--reports', 'many'], '--reports must be a number above 0.'],
  [['--reports', '0'], '--reports must be a number above 0.'],
  [['--reports', 'Infinity'], '--reports must be a number above 0.'],
])('rejects %j with a message that names the mistake', (args, message) => {
  expect(parseCommand(args)).toEqual({ kind: 'usage-error', message });
});
