import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { useDeployed } from '../restore/deployed.ts';
import { describePlan, isEmpty, isUnfinished } from '../restore/plan.ts';
import { showProgress } from '../restore/progress.ts';
import { carryOut, makePlan, PARTS, type Part, restoreTables } from '../restore/run.ts';
import { readStages, type Stage } from '../stages.ts';

const HELP = `npm run restore -- --stage <name> --to <time> [--dry-run] [--only <part>] [--from <tables>]

Brings back items that the tables of a stage have lost: restores the tables to a point in time, into
new tables beside them, and copies what is missing. Items that exist are never changed. A key gets
the settings of its last audit entry; one that was revoked since that time does not come back.
  --stage    the stage, as cdk.json names it
  --to       the time, in UTC, at which nothing was lost yet, such as 2026-11-28T05:00:00Z
  --dry-run  shows the plan and copies nothing. It restores the tables all the same
  --only     keys, usage or audit; keys and usage by default
  --from     copies from these tables, which AWS Backup has restored, and restores none:
             keys=<table>,usage=<table>,audit=<table>

Run the same command again after it was interrupted: it goes on with the tables it has restored. The
AWS SDK's own variables select the credentials, and the region if the stage has none. Exit code: 0
when nothing is missing any more, 1 when something is, 2 on an error.
`;

/** @returns the exit code */
async function run(args: readonly string[], now: Date): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string' },
      to: { type: 'string' },
      only: { type: 'string' },
      from: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stage = stageNamed(values.stage);
  const to = timeIn(values.to, now);
  const parts = partsIn(values.only);
  const from = tablesIn(values.from);
  await useDeployed(stage);
  if (!from) console.error(`Restoring to ${to.toISOString()}. This takes a while.`);
  const restoration = await restoreTables(to, parts, stage.account, from);
  const restoredAt = new Date();
  const plan = await makePlan(restoration, restoredAt, showProgress());
  console.log(describePlan(plan, restoredAt));
  if (values['dry-run']) return isEmpty(plan) ? 0 : 1;
  const put = await carryOut(plan, restoration, new Date(), showProgress());
  console.log(
    `\n${put} items were copied. When you no longer need the restored tables, delete them:`,
  );
  for (const { name } of Object.values(restoration.tables)) {
    console.log(`  aws dynamodb delete-table --table-name ${name}`);
  }
  return isUnfinished(plan) ? 1 : 0;
}

/** @throws Error if cdk.json has no such stage */
function stageNamed(name: string | undefined): Stage {
  const { stages } = JSON.parse(readFileSync('cdk.json', 'utf8')).context;
  const known = readStages(stages);
  const stage = known.find((one) => one.name === name);
  if (stage) return stage;
  throw new Error(`--stage takes one of ${known.map((one) => one.name).join(', ')}`);
}

/** DynamoDB restores to a whole second. */
const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/;

/** @throws Error if it is no time, or one in the future */
function timeIn(text = '', now: Date): Date {
  const to = new Date(text);
  if (!SECOND.test(text) || Number.isNaN(to.getTime())) {
    throw new Error('--to takes a time in UTC, such as 2026-11-28T05:00:00Z');
  }
  if (to >= now) throw new Error('--to is in the future');
  return to;
}

/** @throws Error unless it names a table of each part */
function tablesIn(text: string | undefined): Record<Part, string> | undefined {
  if (text === undefined) return undefined;
  const named = Object.fromEntries(text.split(',').map((pair) => pair.split('=')));
  const parts = Object.keys(PARTS);
  if (parts.every((part) => named[part]) && Object.keys(named).length === parts.length)
    return named;
  throw new Error('--from takes keys=<table>,usage=<table>,audit=<table>');
}

/** @throws Error if there is no such part */
function partsIn(only: string | undefined): Part[] {
  if (only === undefined) return ['keys', 'usage'];
  const part = (Object.keys(PARTS) as Part[]).find((one) => one === only);
  if (part) return [part];
  throw new Error(`--only takes one of ${Object.keys(PARTS).join(', ')}`);
}

try {
  process.exitCode = await run(process.argv.slice(2), new Date());
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run restore -- --help explains the options.`);
  process.exitCode = 2;
}
