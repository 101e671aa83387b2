import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  checkVersion,
  lockWithVersion,
  withHeading,
  withSupported,
  withVersion,
} from '../../infra/release-texts.ts';

test.each(['0.9.1', '0.10.0', '1.0.0', '10.0.0'])('%s comes after 0.9.0', (version) => {
  expect(() => checkVersion('0.9.0', version)).not.toThrow();
});

test.each(['0.9.0', '0.8.11', '0.0.10'])('%s does not come after 0.9.0', (version) => {
  expect(() => checkVersion('0.9.0', version)).toThrow('is not greater than');
});

test.each(['', '1', '1.2', 'v1.2.3', '1.2.3-rc.1', '01.2.3', '1.2.x'])(
  '"%s" is no version',
  (version) => {
    expect(() => checkVersion('0.9.0', version)).toThrow('A version is three numbers');
  },
);

test.each(['package.json', 'client/package.json'])('only the version of %s changes', (path) => {
  const text = readFileSync(path, 'utf8');
  const { version } = JSON.parse(text);
  const changed = withVersion(text, '97.98.99');
  expect(JSON.parse(changed)).toEqual({ ...JSON.parse(text), version: '97.98.99' });
  expect(changed.replace('97.98.99', version)).toBe(text);
});

test('three versions of package-lock.json change: the service’s two and the client’s', () => {
  const text = readFileSync('package-lock.json', 'utf8');
  const lines = lockWithVersion(text, '97.98.99').split('\n');
  const changed = text.split('\n').filter((line, i) => line !== lines[i]);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(changed.map((line) => line.trim())).toEqual(Array(3).fill(`"version": "${version}",`));
});

test('the minor version of a release is the one that gets fixes', () => {
  const text = readFileSync('SECURITY.md', 'utf8');
  const changed = withSupported(text, '97.98.99');
  const before = text.split('\n').filter((line) => !changed.includes(`${line}\n`));
  expect(before).toEqual([expect.stringMatching(/^\| \d+\.\d+ +\| yes/)]);
  expect(changed).toContain('\n| 97.98   | yes        |\n');
});

test('the new lines of the changelog get a heading', () => {
  const changelog = '# Changelog\n\n- new\n\n## 0.1.0\n\n- old\n';
  const headed = '# Changelog\n\n## 0.2.0\n\n- new\n\n## 0.1.0\n\n- old\n';
  expect(withHeading(changelog, '0.2.0')).toBe(headed);
  expect(() => withHeading(headed, '0.3.0')).toThrow('no lines above its last version');
});
