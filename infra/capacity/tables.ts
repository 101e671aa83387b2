import { markdownTable } from '../commands/markdown-table.ts';
import { PRODUCTION } from '../costs/page.ts';
import { dollars, duration, number, percent } from './format.ts';
import { growthTo, reportableShare } from './growth.ts';
import { QUOTAS } from './quotas.ts';
import { MANY_KEYS, type Result, raises, run, SCENARIOS } from './scenarios.ts';
import { wordsOf } from './words.ts';

const KEYS = [1e6, 1e8];
/** The rate of the tables that compare what is needed for it with quotas. */
const HIGHEST = 10_000;
/** A function instance reads the pepper again after this time: docs/architecture.md. */
const PEPPER_SECONDS = 300;

/** Returns the tables of docs/capacity.md by name. */
export function capacityTables(): Record<string, string> {
  const results = SCENARIOS.map((scenario) => run(scenario));
  return {
    summary: summary(results),
    rates: rates(results),
    raising: raising(),
    settings: settings(),
    keys: keys(),
    others: others(),
    quotas: quotas(),
  };
}

function summary(results: readonly Result[]): string {
  const loads = results.flatMap(({ scenario, met: [first] }) => {
    const load = `${number(scenario.perSecond)} a second, ${spread(scenario)}`;
    if (!first) return [];
    return [[load, wordsOf(first.limit), `, after ${duration(first.second)}`] as const];
  });
  const others = ['The other loads of the next table', wordsOf(undefined), ''] as const;
  const stocks = KEYS.map((count) => {
    const share = reportableShare(count);
    const when = share > 0 ? `, if more than ${percent(share)} are due` : '';
    const [first] = growthTo(count, 1).met;
    return [`${number(count)} keys`, wordsOf(first?.limit), first ? when : ''] as const;
  });
  return markdownTable([
    ['Load', 'First limit', 'Callers see', 'Operators see', 'What to do'],
    ...[...loads, others, ...stocks].map(([load, { name, callers, operators, action }, when]) => [
      load,
      `${name}${when}`,
      callers,
      operators,
      action,
    ]),
  ]);
}

function spread({ keys, leases }: Result['scenario']): string {
  return `${keys === 1 ? 'one key' : `${number(keys)} keys`}${leases ? ', leases' : ''}`;
}

function rates(results: readonly Result[]): string {
  return markdownTable([
    [
      'Requests/s',
      'Keys',
      'Calls/s',
      'Accepted',
      'Executions',
      'Limits that are met, and after which time',
      '$ a month',
    ],
    ...results.map((result) => [
      number(result.scenario.perSecond),
      spread(result.scenario),
      number(result.callsPerSecond),
      percent(result.accepted / result.offered),
      number(Math.ceil(result.executions)),
      result.met
        .map(({ limit, second }) => `${wordsOf(limit).name} (${duration(second)})`)
        .join(', ') || 'none',
      dollars(result.dollarsPerMonth),
    ]),
  ]);
}

function raising(): string {
  return markdownTable([
    ['Load', 'Met first', 'After', 'Raise it to'],
    ...[MANY_KEYS, 1].flatMap((count) => {
      const scenario = { perSecond: HIGHEST, keys: count, leases: false };
      return raises(scenario).map(({ met, second, to }) => [
        `${number(HIGHEST)} a second, ${spread(scenario)}`,
        wordsOf(met).name,
        duration(second),
        to === undefined ? 'cannot be raised' : number(to),
      ]);
    }),
  ]);
}

/** What the throttles of production admit at most. */
function settings(): string {
  const { validation, usage } = PRODUCTION.throttling;
  const [validations, reports] = [number(validation.rate), `2 × ${number(usage.rate)}`];
  return markdownTable([
    ['Table', 'Writes per second at most', 'Sum', 'A new table takes'],
    [
      '`Keys`',
      `${validations} validations + ${reports} usage reports`,
      number(validation.rate + 2 * usage.rate),
      number(QUOTAS.newTableWrites.value),
    ],
    [
      '`Usage`',
      `${reports} log entries, and the totals`,
      number(2 * usage.rate),
      number(QUOTAS.newTableWrites.value),
    ],
  ]);
}

function keys(): string {
  const columns = KEYS.map((count) => growthTo(count, 0));
  const row = (name: string, cell: (of: (typeof columns)[number]) => string) => [
    name,
    ...columns.map(cell),
  ];
  return markdownTable([
    row('', (of) => `${number(of.keys)} keys`),
    row('Creating them at `throttling.admin`', (of) => duration(of.create)),
    row('Report of keys due, none to all due', ({ dueReport: [none, all] }) =>
      [none, all].map(duration).join(' to '),
    ),
    row('Daily check', (of) => duration(of.dailyCheck)),
    row('Comparing them in a restore', (of) => duration(of.restore)),
    row('Table with indexes', (of) => `${number(of.gb, 1)} GB`),
    row('Partitions of the table by size', (of) => number(of.partitions)),
    row('Entries of keys in use in the listing', (of) => `${number(of.listingGb, 1)} GB`),
    row('Storage and recovery, a month', (of) => `$${dollars(of.storage)}`),
    row('Daily checks, a month', (of) => `$${dollars(of.checks)}`),
    row('A restore', (of) => `$${dollars(of.restored)}`),
  ]);
}

/** What a rate takes of the quotas that are not simulated. */
function others(): string {
  const executions = HIGHEST / QUOTAS.callsPerExecution.value;
  const rows: [string, number, keyof typeof QUOTAS][] = [
    ['Reads of keys that no instance has cached', HIGHEST, 'newTableReads'],
    ['Reads of one key, if all instances are new', executions, 'partitionReads'],
    ['Reads of the pepper', executions / PEPPER_SECONDS, 'secretReads'],
    ['KMS operations for them', executions / PEPPER_SECONDS, 'keyOperations'],
    ['Deliveries of logs, if each execution makes one a second', executions, 'logRequests'],
    ['Traced requests at 5 %, if `tracing` is on', HIGHEST / 20, 'traces'],
  ];
  return markdownTable([
    ['Per second', 'Taken', 'Quota'],
    ...rows.map(([name, taken, quota]) => [
      name,
      number(taken, taken < 10 ? 1 : 0),
      number(QUOTAS[quota].value),
    ]),
  ]);
}

function quotas(): string {
  return markdownTable([
    ['Quota', 'Value', 'Source', 'Not confirmed'],
    ...Object.values(QUOTAS).map((quota) => [
      quota.meaning,
      number(quota.value),
      `[AWS](${quota.page})`,
      'unconfirmed' in quota ? quota.unconfirmed : '',
    ]),
  ]);
}
