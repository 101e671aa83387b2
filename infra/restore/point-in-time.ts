import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  TableAlreadyExistsException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { dynamodb } from '../../lib/aws/dynamodb/client.ts';
import { BACKGROUND_RETRY } from '../../lib/aws/dynamodb/retry.ts';

const RETRY = { retry: BACKGROUND_RETRY };
/** A restore takes at least some minutes; the first questions come sooner, for a finished one. */
const LONGEST_PAUSE_MS = 15_000;

/** A table restored beside the live one. */
export interface RestoredTable {
  readonly live: string;
  readonly name: string;
  /** About how many items it has. */
  readonly items: number;
}

/** Returns the name of the restored table: the same for the same time, so that a run can go on. */
function restoredName(live: string, to: Date): string {
  const suffix = `-at-${to.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  // A table's name has 255 characters at most.
  return live.slice(0, 255 - suffix.length) + suffix;
}

/**
 * Restores a table to a point in time, into a new table without indexes. If an earlier run has begun
 * that, waits for it:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 * @param account the account that the table must be in; undefined: any
 * @param waiting is called now and then
 * @throws Error if the table can't be restored to that time
 */
export async function restoreTable(
  live: string,
  to: Date,
  account: string | undefined,
  waiting: () => void,
): Promise<RestoredTable> {
  const source = await tableIn(account, live);
  const name = restoredName(live, to);
  if (!(await describe(name))) await begin(live, name, to);
  for (let pause = 100; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const table = await describe(name);
    if (table) checkOrigin(table, source, to);
    if (table?.TableStatus === 'ACTIVE') return { live, name, items: source.ItemCount ?? 0 };
    // AWS removes the table of a restore that fails.
    const isGone = !table && pause === LONGEST_PAUSE_MS;
    if (isGone || table?.TableStatus === 'DELETING') throw new Error(`${name} is being deleted.`);
    waiting();
    await delay(pause);
  }
}

/**
 * Returns a table that something else has restored.
 * @throws Error if there is no such table
 */
export async function existingTable(
  live: string,
  name: string,
  account: string | undefined,
): Promise<RestoredTable> {
  await tableIn(account, live);
  return { live, name, items: (await tableIn(account, name)).ItemCount ?? 0 };
}

/** @throws Error if there is no such table, or it is in another account */
async function tableIn(account: string | undefined, name: string): Promise<TableDescription> {
  const table = await describe(name);
  if (!table) throw new Error(`There is no table ${name}.`);
  const [, , , , owner] = table.TableArn?.split(':') ?? [];
  if (!account || owner === account) return table;
  throw new Error(`${name} is in the account ${owner}, but cdk.json says ${account}.`);
}

async function begin(live: string, name: string, to: Date): Promise<void> {
  const { ContinuousBackupsDescription: backups } = await dynamodb(
    new DescribeContinuousBackupsCommand({ TableName: live }),
    RETRY,
  );
  const { EarliestRestorableDateTime: from, LatestRestorableDateTime: until } =
    backups?.PointInTimeRecoveryDescription ?? {};
  if (!from || !until) throw new Error(`${live} has no point-in-time recovery.`);
  if (to < from || to > until) {
    throw new Error(
      `${live} can be restored to a time from ${from.toISOString()} to ${until.toISOString()}.`,
    );
  }
  const command = new RestoreTableToPointInTimeCommand({
    SourceTableName: live,
    TargetTableName: name,
    RestoreDateTime: to,
    BillingModeOverride: 'PAY_PER_REQUEST',
    // Without indexes a restore takes less time.
    GlobalSecondaryIndexOverride: [],
  });
  try {
    await dynamodb(command, RETRY);
  } catch (error) {
    // An attempt whose answer was lost has begun it.
    if (!(error instanceof TableAlreadyExistsException)) throw error;
  }
}

/** @throws Error if a table of that name is not the source's at that time */
function checkOrigin(
  { TableName, RestoreSummary }: TableDescription,
  { TableArn }: TableDescription,
  to: Date,
): void {
  const { SourceTableArn, RestoreDateTime } = RestoreSummary ?? {};
  if (SourceTableArn === TableArn && RestoreDateTime?.getTime() === to.getTime()) return;
  throw new Error(`${TableName} exists, but was not restored from ${TableArn} to that time.`);
}

async function describe(TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb(new DescribeTableCommand({ TableName }), RETRY)).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
