import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { MEASUREMENTS_FILE } from '../../infra/costs/measurements.ts';
import { readEnvironment } from './environment.ts';
import type { Results } from './measure/all.ts';
import { HELP, type Options, parseCommand } from './options.ts';
import { measurementsOf } from './report/measurements.ts';
import { renderPage } from './report/page.ts';
import { renderReport } from './report/sections.ts';

const PAGE = 'docs/benchmarks.md';

async function run({ write, json, from, extent }: Options): Promise<void> {
  const results = from === undefined ? await measure(extent, json) : read(from);
  console.log(renderReport(results));
  if (!write) return;
  writeAtomically(PAGE, renderPage(results));
  writeAtomically(MEASUREMENTS_FILE, `${JSON.stringify(measurementsOf(results), undefined, 2)}\n`);
  console.error(`Wrote ${PAGE} and ${MEASUREMENTS_FILE}. \`npm run costs -- --write\` comes next.`);
}

async function measure(extent: Options['extent'], json: string): Promise<Results> {
  const environment = readEnvironment(new Date());
  const { withBench } = await import('./setup.ts');
  const results = await withBench(extent, async (bench) => {
    // Imported only now, because AWS clients read the variables when they are created.
    const { measureAll } = await import('./measure/all.ts');
    return measureAll(bench, environment);
  });
  writeAtomically(json, `${JSON.stringify(results, undefined, 1)}\n`);
  console.error(`Wrote the raw results to ${json}.`);
  return results;
}

function read(file: string): Results {
  // The cast trusts that this version of the benchmark wrote the file.
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

/** Replaces a file in one step, so that an interrupted write leaves the old file intact. */
function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

const command = parseCommand(process.argv.slice(2));
if (command.kind === 'run') await run(command.options);
else if (command.kind === 'help') console.log(HELP);
else {
  console.error(`${command.message}\n\n${HELP}`);
  process.exitCode = 2;
}
