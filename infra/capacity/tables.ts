import { markdownTable, replaceSection } from '../commands/markdown-table.ts';
import { billedMs } from '../costs/calls.ts';
import { operation, readMeasurements } from '../costs/measurements.ts';
import { DAILY_CHECKS, DAYS } from '../costs/monthly.ts';
import { PRODUCTION } from '../costs/page.ts';
import { dollarsFor, PRICES } from '../costs/prices.ts';
import { bytesOfKey } from './key-bytes.ts';
import { limitsOf, raised } from './quotas.ts';
import { type Limit, type Limits, type Load, simulate } from './simulate.ts';

/** A page's scenarios run long enough for every burst to be used up. */
const SECONDS = 60;
const MANY = 10_000;
const GB = 1e9;

const WORDS: Readonly<Record<Limit, string>> = {
  stageThrottle: "the stage's `throttling.validation`",
  accountThrottle: "API Gateway's quota",
  executions: "Lambda's concurrency",
  table: 'the throughput of the Keys table',
  partition: 'the throughput of one partition',
};

/** Returns the tables of docs/capacity.md by name. */
export function capacityTables(): Record<string, string> {
  return { rates: rates(), raising: raising(), keys: keys() };
}

export function withCapacity(markdown: string): string {
  return Object.entries(capacityTables()).reduce(
    (page, [name, table]) => replaceSection(page, `<!-- capacity: ${name} -->`, table),
    markdown,
  );
}

/** Returns a load of single calls on many keys, of which a warm validation is the measure. */
export function loadOf(perSecond: number, more: Partial<Load> = {}): Load {
  const { requests } = operation(readMeasurements(), 'validate warm');
  const call = { requests, cpuMs: readMeasurements().warmCpuMs };
  const callMs = billedMs(call, PRODUCTION.memory.service);
  return { perSecond, seconds: SECONDS, keys: MANY, requestsPerCall: 1, callMs, ...more };
}

function rates(): string {
  const rows = [10, 1_000, 10_000].flatMap((perSecond) =>
    [
      { keys: 'many', load: loadOf(perSecond) },
      { keys: 'one', load: loadOf(perSecond, { keys: 1 }) },
      { keys: 'one, with leases', load: loadOf(perSecond, { keys: 1, ...leasesAt(perSecond) }) },
    ].map(({ keys, load }) => {
      const { offered, accepted, executions, met } = simulate(load, limitsOf(PRODUCTION));
      return [
        number(perSecond),
        keys,
        number(offered / SECONDS),
        percent(accepted / offered),
        number(Math.ceil(executions)),
        met ? WORDS[met] : 'none',
        dollars(monthly(offered / SECONDS)),
      ];
    }),
  );
  const head = [
    'Requests/s',
    'Keys',
    'Calls/s',
    'Accepted',
    'Executions',
    'Met first',
    '$ a month',
  ];
  return markdownTable([head, ...rows]);
}

/** The requests per call at a rate with one key, of the nearest rate that was measured. */
function leasesAt(perSecond: number): Pick<Load, 'requestsPerCall'> {
  const { leases } = readMeasurements();
  const measured = leases.filter((one) => one.perSecond <= perSecond).at(-1);
  return { requestsPerCall: measured?.requestsPerCall ?? 1 };
}

/** Dollars for calls of a steady rate, all month, without logs. */
function monthly(perSecond: number): number {
  const calls = perSecond * DAYS * 86_400;
  const seconds = (calls * loadOf(0).callMs) / 1000;
  return (
    dollarsFor(calls, PRICES.httpApiRequest) +
    dollarsFor(calls, PRICES.lambdaRequest) +
    dollarsFor((seconds * PRODUCTION.memory.service) / 1024, PRICES.lambdaGbSecond) +
    dollarsFor(calls, PRICES.writeUnit)
  );
}

/** What is met one after the other on the way to 10,000 validations a second with many keys. */
function raising(): string {
  const load = loadOf(10_000);
  return markdownTable([
    ['Met', 'Accepted before', 'Raise it to'],
    ...raises(load, limitsOf(PRODUCTION)).map(({ met, accepted, to }) => [
      WORDS[met],
      percent(accepted),
      to,
    ]),
  ]);
}

/** Raises one limit after the other that a load meets, until none is or one cannot be raised. */
export function raises(load: Load, limits: Limits) {
  const steps: { met: Limit; accepted: number; to: string }[] = [];
  for (let current = limits; ; ) {
    const { met, accepted, offered } = simulate(load, current);
    if (met === undefined) return steps;
    const calls = load.perSecond / load.requestsPerCall;
    const next = met === 'partition' ? current : raised(current, met, calls);
    const changed = Object.entries(next).filter(
      ([name, value]) => value !== current[name as keyof Limits],
    );
    const to = changed.map(([, value]) => number(value))[0] ?? 'cannot be raised';
    steps.push({ met, accepted: accepted / offered, to });
    if (changed.length === 0) return steps;
    current = next;
  }
}

function keys(): string {
  const { table, indexes } = bytesOfKey();
  const check = DAILY_CHECKS.at(-1);
  if (!check) throw new Error('There is no measurement of a daily check');
  const rows = [1e6, 1e8].map((count) => {
    const tableGb = (count * table) / GB;
    const allGb = (count * (table + indexes)) / GB;
    const checkReads = (check.reads / check.keys) * count;
    const checkSeconds = (CHECK_SECONDS / CHECK_KEYS) * count;
    return [
      number(count),
      number(allGb, 1),
      dollars(dollarsFor(allGb, PRICES.storedGb) + dollarsFor(allGb, PRICES.pointInTimeGb)),
      dollars(dollarsFor(checkReads * DAYS, PRICES.readUnit)),
      duration(checkSeconds),
      duration((RESTORE_SECONDS / RESTORE_KEYS) * count),
      dollars(dollarsFor(tableGb, PRICES.restoredGb)),
    ];
  });
  const head = [
    'Keys',
    'GB with indexes',
    'Storage and recovery, $ a month',
    'Daily check, $ a month',
    'Daily check takes',
    'Comparing in a restore takes',
    'A restore, $',
  ];
  return markdownTable([head, ...rows]);
}

/** Measured: docs/costs.md and the test of the restore command, on the machine of the benchmark. */
const CHECK_KEYS = 200_000;
const CHECK_SECONDS = 40;
const RESTORE_KEYS = 10_000;
const RESTORE_SECONDS = 2;

const number = (value: number, digits = 0) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits });
const percent = (share: number) => `${number(share * 100)} %`;
const dollars = (value: number) => number(value, value < 100 ? 2 : 0);

function duration(seconds: number): string {
  if (seconds < 120) return `${number(seconds)} s`;
  return seconds < 7200 ? `${number(seconds / 60)} min` : `${number(seconds / 3600, 1)} h`;
}
