import { parseArgs } from 'node:util';
import { MONTH } from '../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { rebuildMonth, stateOf } from '../../lib/service/rebuild-usage.ts';

const HELP = `npm run rebuild-usage -- --month YYYY-MM [--write]

Recomputes the usage totals of a month from the usage log and lists the totals that differ.
  --month  a UTC month for which the log is complete: entries are kept for 70 days
  --write  replaces the totals that differ; allowed from one day after the month's end, because
           reports can arrive from the table's stream until then

The command reads the whole log. KEYS_TABLE and USAGE_TABLE name the tables, SERVICES lists the
services; the AWS SDK's own variables select the region and the credentials. Exit code: 0 when no
total differs or all were replaced, 1 when totals differ, 2 on an error.

Do not use it for the month in which the log was introduced: the log lacks that month's earlier
reports.
`;

/** @returns the exit code */
async function run(args: readonly string[], now: Date): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      month: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { month = '', write } = values;
  checkMonth(month, write, now);
  for (const variable of [VARIABLES.keysTable, VARIABLES.usageTable]) requireEnv(variable);
  const services = (process.env[VARIABLES.services] ?? '').split(',').filter(Boolean);
  let keys = 0;
  let differences = 0;
  const progress = () => {
    keys++;
    if (process.stderr.isTTY) process.stderr.write(`\r${keys} keys compared`);
  };
  for await (const { of, log, totals } of rebuildMonth(month, services, write, now, progress)) {
    differences++;
    console.log(`${of}\n  log     ${JSON.stringify(log)}\n  totals  ${JSON.stringify(totals)}`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const done = write ? 'and were replaced' : 'and were not changed';
  console.log(
    differences === 0
      ? `The totals of ${month} match the log (${keys} keys compared).`
      : `${differences} totals of ${month} differed from the log ${done} (${keys} keys compared).`,
  );
  return differences > 0 && !write ? 1 : 0;
}

/** @throws Error with the reason why the month can't be compared or written */
function checkMonth(month: string, write: boolean, now: Date): void {
  if (!MONTH.test(month)) {
    throw new Error('--month takes a month as in 2026-01');
  }
  const state = stateOf(month, now);
  if (state === 'expired') {
    throw new Error(`The log of ${month} is no longer complete: entries are kept for 70 days`);
  }
  if (state === 'running' && write) {
    throw new Error(
      `${month} can still receive reports: --write is allowed from one day after its end`,
    );
  }
}

try {
  process.exitCode = await run(process.argv.slice(2), new Date());
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
