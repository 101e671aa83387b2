import { readFileSync, writeFileSync } from 'node:fs';
import { seeded } from '../../infra/capacity/seeded.ts';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import { readEnvironment } from '../bench/environment.ts';
import { showProgress } from '../bench/progress.ts';
import { isFinding, judge } from './judge.ts';
import { HELP, type Options, PAGE, readOptions } from './options.ts';
import { timingTables } from './report.ts';
import { takeSamples } from './sample.ts';

/** @returns the exit code */
async function run({ samples: count, seed, write }: Options): Promise<number> {
  const random = seeded(seed);
  const progress = showProgress();
  progress(`seed ${seed}`, 0);
  const print = process.stdout.write;
  // Each request writes a log line, as on Lambda; the lines are discarded.
  process.stdout.write = () => true;
  const samples = await takeSamples(count, random, progress).finally(() => {
    process.stdout.write = print;
  });
  progress('comparing', 0);
  const judged = judge(samples, random);
  const tables = timingTables({ samples, judged, seed }, readEnvironment(new Date()));
  for (const table of Object.values(tables)) console.log(`${table}\n`);
  if (write) {
    writeFileSync(PAGE, replaceTables(readFileSync(PAGE, 'utf8'), 'timing', tables));
    console.log(`Wrote ${PAGE}.`);
  }
  const findings = judged.filter(isFinding);
  for (const { first, second, isSeparable } of findings) {
    const found = isSeparable ? 'can be told apart' : 'could not be told apart: take more samples';
    console.error(`The times of "${first}" and "${second}" ${found}. The seed was ${seed}.`);
  }
  return findings.length > 0 ? 1 : 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await run(options);
  else console.log(HELP);
} catch (error) {
  console.error(`\n${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
