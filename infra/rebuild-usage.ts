import { parseArgs } from 'node:util';
import { requireEnv, VARIABLES } from '../lib/environment.ts';
import { rebuildMonth, stateOf } from '../lib/service/rebuild-usage.ts';

const HELP = `npm run rebuild-usage -- --month YYYY-MM [--write]

Adds up the usage log of a month anew and says which totals of keys and services differ from it.
  --month  a UTC month whose log is whole: entries are kept for 70 days
  --write  replaces the totals that differ; only a day after the month has ended, as until then they
           are still added to

It reads the whole log. The variables KEYS_TABLE and USAGE_TABLE name the tables, SERVICES the services;
the AWS SDK's own say where they are and who you are. Exit code: 0 when nothing differs or all was
replaced, 1 when something differs, 2 when it could not be done.

Not for the month in which the log was introduced: it has no entries of what was reported before.
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
  const obstacle = obstacleTo(month, write, now);
  if (obstacle) throw new Error(obstacle);
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
  const done = write ? 'and were replaced' : 'and were left as they are';
  console.log(
    differences === 0
      ? `The totals of ${month} are what the log says, of ${keys} keys.`
      : `${differences} totals of ${month} differed from the log ${done}, of ${keys} keys.`,
  );
  return differences > 0 && !write ? 1 : 0;
}

/** Says why it can't be done; undefined: it can. */
function obstacleTo(month: string, write: boolean, now: Date): string | undefined {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return '--month takes a month as in 2026-01';
  const state = stateOf(month, now);
  if (state === 'expired') return `The log of ${month} is no longer whole: it is kept for 70 days`;
  if (state === 'running' && write) {
    return `${month} may still be added to: --write works from a day after its end`;
  }
  return undefined;
}

try {
  process.exitCode = await run(process.argv.slice(2), new Date());
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 2;
}
