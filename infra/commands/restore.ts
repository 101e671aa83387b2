import { readFileSync } from 'node:fs';
import { carryOut } from '../restore/carry-out.ts';
import { useDeployed } from '../restore/deployed.ts';
import { describePlan, isSettled } from '../restore/describe-plan.ts';
import { makePlan } from '../restore/make-plan.ts';
import { describeNext } from '../restore/next-steps.ts';
import { readOptions } from '../restore/options.ts';
import { restoreTables } from '../restore/tables.ts';
import { readStages } from '../stages.ts';
import { type Progress, showProgress } from './progress.ts';

const HELP = `npm run restore -- --stage <name> --to <time> [options]

Brings back items that the tables of a stage have lost: restores the tables to a point in time, into
new tables beside them, and copies what is missing. Items that exist are never changed. A key gets
the settings of its last audit entry; one that was revoked since that time does not come back.
  --stage    the stage, as cdk.json names it
  --to       the time, in UTC, at which nothing was lost yet, such as 2026-11-28T05:00:00Z
  --dry-run  shows the plan and copies nothing. It restores the tables all the same
  --only     keys, usage or audit; keys and usage by default
  --except   the id of a key that must not come back; may be repeated
  --lost-by  the time by which everything was lost, if you know it. Keys then work at once unless
             that is in this hour or the one before; otherwise their hourly limit counts as used up
             until the hour ends
  --from     copies from these tables, which AWS Backup has restored, and restores none:
             keys=<table>,usage=<table>,audit=<table>

Run the same command again after it was interrupted: it goes on with the tables it has restored. The
AWS SDK's own variables select the credentials, and the region if the stage has none. Exit code: 0
when nothing is missing that should be there, 1 when something is, 2 on an error.
`;

const args = process.argv.slice(2);
const RESUME = `Nothing is lost. To go on, run the same command again:
  npm run restore -- ${args.join(' ')}`;
let hasBegun = false;

/** @returns the exit code */
async function run(startedAt: Date): Promise<number> {
  const { stages } = JSON.parse(readFileSync('cdk.json', 'utf8')).context;
  const options = readOptions(args, readStages(stages), startedAt);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const { stage, to, parts, except, lostBy, from, isDryRun } = options;
  await useDeployed(stage);
  const show = showProgress();
  const progress: Progress = (...state) => {
    hasBegun = true;
    show(...state);
  };
  const tables = await restoreTables(to, parts, stage.account, from, progress);
  const restoration = { to, parts, tables, except };
  const plan = await makePlan(restoration, new Date(), progress);
  console.log(describePlan(plan));
  if (isDryRun) return isSettled(plan) ? 0 : 1;
  // What comes back was missing when the plan was made, so it was lost by now.
  const put = await carryOut(plan, restoration, lostBy ?? new Date(), progress);
  const left = await makePlan(restoration, new Date(), progress);
  console.log(
    `\nCopied: ${put.keys} keys, ${put.usage} items of usage, ${put.audit} audit entries. Now:\n`,
  );
  console.log(describePlan(left));
  console.log(describeNext(stage, put, plan, restoration));
  return isSettled(left) ? 0 : 1;
}

process.on('SIGINT', () => {
  console.error(`\n${RESUME}`);
  process.exit(130);
});
try {
  process.exitCode = await run(new Date());
} catch (error) {
  const advice = hasBegun ? RESUME : 'npm run restore -- --help explains the options.';
  console.error(`\n${(error as Error).message}\n\n${advice}`);
  process.exitCode = 2;
}
