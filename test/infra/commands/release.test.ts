import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { FUNCTIONS, LAST_RELEASE, unpack } from '../../../infra/release-archive.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { runCommand } from '../../support/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'release-'));
const copy = join(folder, 'copy');
const read = (path: string) => readFileSync(join(copy, path), 'utf8');

const NOT_COPIED = ['node_modules', '.git', '.local', 'cdk.out', 'dist'];
const VERSION = '97.98.99';

beforeAll(() => {
  cpSync('.', copy, {
    recursive: true,
    filter: (path) => !NOT_COPIED.includes(basename(path)),
  });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const changelog = read('CHANGELOG.md').replace('# Changelog\n', '# Changelog\n\n- new\n');
  writeFileSync(join(copy, 'CHANGELOG.md'), changelog);
});
cleanUp(() => rmSync(folder, { recursive: true }));

/** Runs the command on a copy of the project, with a git that reports these changes. */
async function release(changes: string, version: string) {
  const git = join(folder, 'git');
  writeFileSync(git, `#!/bin/sh\nprintf '${changes}'\n`);
  chmodSync(git, 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const args = ['--import', 'tsx', 'infra/commands/release.ts', version];
  const { code, said, complained } = await runCommand(args, { cwd: copy, env });
  return { code, said: said + complained };
}

test('refuses a tree with changes, and leaves it as it is', async () => {
  const before = read('package.json');
  const { code, said } = await release(' M lib/routes.ts', VERSION);
  expect([code, said.split('\n\n')[0]]).toEqual([
    2,
    'Commit or stash these changes first:\n M lib/routes.ts',
  ]);
  expect(read('package.json')).toBe(before);
});

test('prepares a release', async () => {
  const { code, said } = await release('', VERSION);
  expect([code, said]).toEqual([
    0,
    `Release ${VERSION} is prepared. Look at it with git diff, then run:

git commit --all --message 'release: ${VERSION}'
git tag --annotate v${VERSION} --message ${VERSION}
git push --follow-tags
`,
  ]);
  for (const path of ['package.json', 'client/package.json', 'package-lock.json']) {
    expect([path, JSON.parse(read(path)).version]).toEqual([path, VERSION]);
  }
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^# Changelog\n\n## ${VERSION}\n\n- new\n`));
  expect(read('SECURITY.md')).toContain('| 97.98   | yes');
  const document = read('openapi.json');
  expect(JSON.parse(document).info.version).toBe(VERSION);
  expect(read('test/docs/released-openapi.json')).toBe(document);
  const archive = unpack(readFileSync(join(copy, LAST_RELEASE)));
  expect(archive['openapi.json']).toBe(document);
  expect(archive['package.json']).toBe(read('package.json'));
  expect(archive[FUNCTIONS]).toContain('validate-key');
  expect(readFileSync(join(copy, LAST_RELEASE)).length).toBeLessThan(1_000_000);
});
