import { expect, test } from '@jest/globals';
import type { Report } from './run-stryker.ts';
import { scoreOf, survivorsOf, unexplained } from './survivors.ts';

const SOURCE = 'const a = 1;\nconst b = `x`;\nif (a) {\n  call();\n}\n';

const mutant = (status: string, start: [number, number], end: [number, number], text: string) => ({
  mutatorName: 'Any',
  status,
  replacement: text,
  location: {
    start: { line: start[0], column: start[1] },
    end: { line: end[0], column: end[1] },
  },
});

const report: Report = {
  'lib/a.ts': {
    source: SOURCE,
    mutants: [
      mutant('Killed', [1, 11], [1, 12], '2'),
      mutant('Timeout', [1, 11], [1, 12], '3'),
      mutant('RuntimeError', [1, 11], [1, 12], '4'),
      mutant('Survived', [2, 11], [2, 14], '``'),
      mutant('NoCoverage', [3, 8], [5, 2], '{}'),
    ],
  },
};
const template = '`` const b = `x`; `` → `` const b = ``; ``';
const block = '`if (a) { call(); }` → `if (a) {}`';

test('the score is the part of the tested mutants that a test failed for', () => {
  expect(scoreOf(report)).toEqual({ tested: 4, killed: 2 });
});

test('a survivor is named by its file and its code before and after', () => {
  expect(survivorsOf(report)).toEqual([
    { file: 'lib/a.ts', line: 2, change: template },
    { file: 'lib/a.ts', line: 3, change: block },
  ]);
});

test('a survivor is explained by a line with a reason below the name of its file', () => {
  const survivors = survivorsOf(report);
  const left = (page: string) => unexplained(survivors, page).map(({ line }) => line);
  const lines = `- ${template}: equal.\n- ${block}: never called.\n`;
  expect(left(`# Survivors\n\n### lib/a.ts\n\n${lines}`)).toEqual([]);
  expect(left(`### lib/a.ts\n\n- ${block}: never called.\n`)).toEqual([2]);
  expect(left(`### lib/b.ts\n\n${lines}`)).toEqual([2, 3]);
  expect(left(`### lib/a.ts\n\n### lib/b.ts\n\n${lines}`)).toEqual([2, 3]);
  expect(left('')).toEqual([2, 3]);
});

test('long code is cut', () => {
  const long = `const a = '${'x'.repeat(200)}';`;
  const mutants = [mutant('Survived', [1, 11], [1, 213], '""')];
  expect(survivorsOf({ 'lib/a.ts': { source: long, mutants } })).toEqual([
    { file: 'lib/a.ts', line: 1, change: `\`${long.slice(0, 120)}…\` → \`const a = "";\`` },
  ]);
});
