import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { deployedFiles, testTitlesIn } from '../support/source.ts';

const page = readFileSync('SECURITY.md', 'utf8');

/** The tests that the page names: a link to a file, and titles in quotation marks. */
const cited = [...page.matchAll(/^- \[[\w-]+\]\((test\/[\w/-]+\.test\.ts)\): (".+")$/gm)].map(
  ([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"(.+?)"(?=, "|$)/g)].map(([, title = '']) => title),
  }),
);

test.each(cited)('$file has the tests that SECURITY.md names', ({ file, titles }) => {
  expect(testTitlesIn(file)).toEqual(expect.arrayContaining(titles));
});

test('SECURITY.md names tests for each of the ten risks, each in the form that is checked here', () => {
  const [, ...risks] = page.split(/^\*\*API(?=\d)/m);
  expect(risks.map((risk) => Number.parseInt(risk, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const risk of risks) expect(risk).toMatch(/^- \[/m);
  expect(page.match(/\]\(test\//g)).toHaveLength(cited.length);
});

test('SECURITY.md supports the minor version of package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const supported = [...page.matchAll(/^\| (\d+\.\d+) +\| yes/gm)].map(([, minor]) => minor);
  expect(supported).toEqual([version.split('.').slice(0, 2).join('.')]);
});

test('lib and functions open no connection but by the AWS SDK', () => {
  const connects =
    /\bfetch\(|WebSocket|import\s[^;]*'(undici|(node:)?(child_process|dgram|https?|http2|net|tls))'/g;
  const found = deployedFiles().flatMap((file) => readFileSync(file, 'utf8').match(connects) ?? []);
  // Names of statuses, and functions of strings.
  expect([...new Set(found)].sort()).toEqual([
    "import { STATUS_CODES } from 'node:http'",
    "import { isIPv4, isIPv6 } from 'node:net'",
  ]);
});
