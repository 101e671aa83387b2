import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import { showProgress } from '../../infra/commands/progress.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { HELP, readOptions } from './options.ts';
import { describeOutcome, describeViolations, outcomesTable } from './report.ts';
import { type Outcome, run } from './run.ts';

const PAGE = 'docs/chaos.md';

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, randomInt(1, 1_000_000));
  if (!options) {
    console.log(HELP);
    return 0;
  }
  readSettings();
  const show = showProgress();
  const outcomes: Outcome[] = [];
  for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
    const outcome = await run(seed, options.operations, (done) =>
      show(`Seed ${seed}`, Math.min(done, options.operations), options.operations),
    );
    outcomes.push(outcome);
    console.log(describeOutcome(outcome));
    if (outcome.violations.length > 0) console.error(describeViolations(outcome));
  }
  if (options.write) {
    const page = readFileSync(PAGE, 'utf8');
    writeFileSync(PAGE, replaceTables(page, 'chaos', { runs: outcomesTable(outcomes) }));
    console.log(`Wrote ${PAGE}.`);
  }
  return outcomes.every(({ violations }) => violations.length === 0) ? 0 : 1;
}

process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run chaos -- --help explains the options.`);
  process.exitCode = 2;
}
