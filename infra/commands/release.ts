import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildRelease, LAST_RELEASE, pack } from '../release-archive.ts';
import {
  checkVersion,
  lockWithVersion,
  withHeading,
  withSupported,
  withVersion,
} from '../release-texts.ts';

const HELP = `npm run release -- <version>

Prepares a release of the working tree, which must be committed and have passed npm run check:
sets the version, also in SECURITY.md, puts it above the new lines of the CHANGELOG, and keeps
openapi.json and the functions as those of the last release, which the tests compare later changes
with. Then it prints the commands that commit and tag the release.
`;

const read = (path: string) => readFileSync(path, 'utf8');

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const [version, ...others] = positionals;
  if (version === undefined || others.length > 0) throw new Error('Give one version');
  checkVersion(JSON.parse(read('package.json')).version, version);
  const changelog = withHeading(read('CHANGELOG.md'), version);
  expectNoChanges('Commit or stash these changes first');
  writeOpenApi();
  expectNoChanges(
    '`npm run openapi` was not run after the last change. Commit what it has written',
  );

  writeFileSync('CHANGELOG.md', changelog);
  for (const path of ['package.json', 'client/package.json']) {
    writeFileSync(path, withVersion(read(path), version));
  }
  writeFileSync('SECURITY.md', withSupported(read('SECURITY.md'), version));
  writeFileSync('package-lock.json', lockWithVersion(read('package-lock.json'), version));
  writeOpenApi();
  copyFileSync('openapi.json', 'test/docs/released-openapi.json');
  writeFileSync(LAST_RELEASE, pack(await buildRelease()));
  console.log(`Release ${version} is prepared. Look at it with git diff, then run:

git commit --all --message 'release: ${version}'
git tag --annotate v${version} --message ${version}
git push --follow-tags`);
}

/** Runs it in a process of its own, because the document has the version of package.json. */
function writeOpenApi(): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'infra/commands/write-openapi.ts']);
}

/** @throws Error with the files that git does not have as they are */
function expectNoChanges(advice: string): void {
  const changes = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
  if (changes) throw new Error(`${advice}:\n${changes.trimEnd()}`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
