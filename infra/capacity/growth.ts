import { DAILY_CHECKS, DAYS } from '../costs/monthly.ts';
import { PRODUCTION } from '../costs/page.ts';
import { dollarsFor, PRICES } from '../costs/prices.ts';
import { functionSettings } from '../functions.ts';
import { bytesOfKey } from './key-bytes.ts';
import { QUOTAS } from './quotas.ts';

const GB = 1e9;
const DAY = 86_400;

/** Measured: docs/costs.md and the test of the restore command, on the machine of the benchmark. */
const CHECK_SECONDS_PER_KEY = 40 / 200_000;
const RESTORE_SECONDS_PER_KEY = 2 / 10_000;
/** Of `lib/aws/dynamodb/listing.ts`: an index entry and a record on a Lambda with 512 MB. */
const ENTRY_SECONDS = 0.1 / 1_000;
const RECORD_SECONDS = 0.5 / 1_000;
const MB_OF_LISTING = 512;

/** What a number of keys takes of the time that it has. */
export interface Use {
  readonly limit: 'dueReport' | 'dailyCheck';
  readonly seconds: number;
  readonly available: number;
}

export interface Growth {
  readonly keys: number;
  /** The uses that exceed what is available, the worst first. */
  readonly met: readonly Use[];
  /** With no key due for rotation, and with all of them due. */
  readonly dueReport: readonly [none: number, all: number];
  readonly dailyCheck: number;
  readonly restore: number;
  readonly create: number;
  /** In GB: the table with its indexes, and the partition of the listing with all keys in use. */
  readonly gb: number;
  readonly listingGb: number;
  readonly partitions: number;
  /** Dollars: for a month of storage with recovery and of daily checks, and for a restore. */
  readonly storage: number;
  readonly checks: number;
  readonly restored: number;
}

/**
 * Returns what a number of keys means for what reads all of them.
 * @param due the share of the keys that are due for rotation
 */
export function growthTo(keys: number, due: number, available: Partial<Available> = {}): Growth {
  const { table, indexes, listing } = bytesOfKey();
  const seconds = { ...AVAILABLE, ...available };
  const reads = DAILY_CHECKS.at(-1);
  if (!reads) throw new Error('There is no measurement of a daily check');
  const dailyCheck = keys * CHECK_SECONDS_PER_KEY;
  const uses: Use[] = [
    { limit: 'dueReport', seconds: dueReportSeconds(keys, due), available: seconds.dueReport },
    { limit: 'dailyCheck', seconds: dailyCheck, available: seconds.dailyCheck },
  ];
  const gb = (keys * (table + indexes)) / GB;
  return {
    keys,
    met: uses
      .filter((use) => use.seconds > use.available)
      .sort((a, b) => b.seconds / b.available - a.seconds / a.available),
    dueReport: [dueReportSeconds(keys, 0), dueReportSeconds(keys, 1)],
    dailyCheck,
    restore: keys * RESTORE_SECONDS_PER_KEY,
    create: keys / PRODUCTION.throttling.admin.rate,
    gb,
    listingGb: (keys * listing) / GB,
    partitions: Math.ceil((keys * table) / GB / QUOTAS.partitionGb.value),
    storage:
      dollarsFor(gb, PRICES.storedGb) + dollarsFor((keys * table) / GB, PRICES.pointInTimeGb),
    checks: dollarsFor((reads.reads / reads.keys) * keys * DAYS, PRICES.readUnit),
    restored: dollarsFor((keys * table) / GB, PRICES.restoredGb),
  };
}

type Available = Readonly<Record<Use['limit'], number>>;

/** Seconds: the time-out of the report, which is one run, and a day for the runs of a check. */
const AVAILABLE: Available = {
  dueReport: functionSettings['report-due-keys'].timeout ?? 0,
  dailyCheck: DAY,
};

/** The report reads the index entry of each key in use, and the record of each that is due. */
function dueReportSeconds(keys: number, due: number): number {
  const slower =
    MB_OF_LISTING / PRODUCTION.memory[functionSettings['report-due-keys'].memory ?? 'other'];
  return keys * (ENTRY_SECONDS + due * RECORD_SECONDS) * slower;
}

/** Returns the share of the keys that may be due so that the report ends in time; below 0: none. */
export function reportableShare(keys: number): number {
  const [none, all] = [dueReportSeconds(keys, 0), dueReportSeconds(keys, 1)];
  return (AVAILABLE.dueReport - none) / (all - none);
}
