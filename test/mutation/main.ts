import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import { FOLDERS, testMutants } from './run-stryker.ts';
import { type Score, scoreOf, survivorsOf, unexplained } from './survivors.ts';

const PAGE = 'docs/mutation.md';
const allOf = (folder: string) => `${folder}/**/*.ts`;
const HELP = `npm run mutation -- [options]

Changes the code of ${FOLDERS.join(', ')} in one place at a time, and runs the tests that reach
the place. A change that no test fails for must be explained in ${PAGE}.
  --mutate  glob of the files to change, such as lib/domain/allowlist.ts; may be repeated
  --reuse   tests only what has changed since earlier runs, as far as Stryker can tell
  --write   replaces the scores of whole folders in ${PAGE}
  --help    prints this text

Reports with the tests of each mutant are in .local/mutation. Exit code: 0 if every survivor is
explained, 1 if one is not, 2 on an error.
`;

/** @returns the exit code */
async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mutate: { type: 'string', multiple: true, default: FOLDERS.map(allOf) },
      reuse: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const folderOf = (glob: string) => FOLDERS.find((folder) => glob.startsWith(`${folder}/`));
  const wrong = values.mutate.find((glob) => !folderOf(glob));
  if (wrong) throw new Error(`--mutate takes files of ${FOLDERS.join(', ')}, not ${wrong}.`);
  let open = 0;
  for (const folder of FOLDERS) {
    const files = values.mutate.filter((glob) => folderOf(glob) === folder);
    if (files.length === 0) continue;
    const report = await testMutants(folder, files, values.reuse);
    const left = unexplained(survivorsOf(report), readFileSync(PAGE, 'utf8'));
    for (const { file, line, change } of left) console.log(`${file}:${line}\n- ${change}: `);
    open += left.length;
    const score = describeScore(scoreOf(report));
    console.log(`\n${folder}: ${score}\n`);
    if (values.write && files.includes(allOf(folder))) {
      const page = replaceTables(readFileSync(PAGE, 'utf8'), 'score', { [folder]: score });
      writeFileSync(PAGE, page);
    }
  }
  console.log(`${open} survivors are not explained in ${PAGE}.`);
  return open === 0 ? 0 : 1;
}

function describeScore({ tested, killed }: Score): string {
  return `A test failed for ${killed} of ${tested} mutants (${((100 * killed) / tested).toFixed(1)} %).`;
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run mutation -- --help explains the options.`);
  process.exitCode = 2;
}
