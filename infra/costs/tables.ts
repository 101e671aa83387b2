import { markdownTable } from '../commands/markdown-table.ts';
import { type Cost, costsOf, total, usageReport, validation } from './calls.ts';
import type { Deployed } from './deployed.ts';
import type { LogBytes } from './log-bytes.ts';
import type { Measurements } from './measurements.ts';
import { checkDollars, DAILY_CHECKS, DAYS, stageCosts } from './monthly.ts';
import { dollarsFor, PRICES } from './prices.ts';

const MILLION = 1_000_000;
const VOLUMES = [1, 10, 100];
/** Requests per call in the monthly totals. */
const LEASED = 10;

/** What the costs are computed from. */
export interface Basis {
  /** A stage with the defaults of production. */
  readonly deployed: Deployed;
  readonly measured: Measurements;
  readonly logs: LogBytes;
}

/** Returns the tables of docs/costs.md by their names there. */
export function costTables(basis: Basis): Record<string, string> {
  const { deployed, measured, logs } = basis;
  const { plain } = validation(measured, logs);
  return {
    validations: itemized(costsOf(MILLION, plain, deployed)),
    leases: leasesTable(basis),
    reports: reportsTable(basis),
    posture: postureTable(),
    stage: itemized(stageCosts(deployed)),
    months: monthsTable(basis),
    settings: settingsTable(basis),
  };
}

function itemized(costs: readonly Cost[]): string {
  return markdownTable([
    ['Item', 'Amount', 'Dollars'],
    ...costs.map(({ item, amount, dollars }) => [item, amount, cents(dollars)]),
    ['**Total**', '', `**${cents(total(costs))}**`],
  ]);
}

function leasesTable({ deployed, measured, logs }: Basis): string {
  const { plain, leased } = validation(measured, logs);
  return markdownTable([
    ['Requests/s with a key', 'Requests per call', 'Dollars per million requests'],
    ...measured.leases.map(({ perSecond, requestsPerCall }) => {
      const call = requestsPerCall > 1 ? leased : plain;
      const dollars = total(costsOf(MILLION / requestsPerCall, call, deployed));
      return [whole(perSecond), requestsPerCall.toLocaleString('en'), dollars.toFixed(3)];
    }),
  ]);
}

function reportsTable({ deployed, measured, logs }: Basis): string {
  const batches = (['1 key', '100 keys'] as const).map((keys) =>
    costsOf(MILLION, usageReport(measured, logs, keys), deployed),
  );
  return columns(['Item', 'Batches of 1 key', 'Batches of 100 keys'], batches);
}

/** Returns a table with one column of dollars for each list of the same items. */
function columns(head: readonly string[], lists: readonly (readonly Cost[])[]): string {
  const [first = []] = lists;
  return markdownTable([
    head,
    ...first.map(({ item }, i) => [item, ...lists.map((list) => cents(list[i]?.dollars ?? 0))]),
    ['**Total**', ...lists.map((list) => `**${cents(total(list))}**`)],
  ]);
}

function postureTable(): string {
  return markdownTable([
    ['Keys', 'Requests a day', 'Read units', 'Write units', 'Dollars a month'],
    ...DAILY_CHECKS.map((check) => [
      ...[check.keys, check.requests, check.reads, check.writes].map(whole),
      cents(checkDollars(check)),
    ]),
  ]);
}

function monthsTable({ deployed, measured, logs }: Basis): string {
  const { plain, leased } = validation(measured, logs);
  const fixed = { item: 'The stage itself', amount: '', dollars: total(stageCosts(deployed)) };
  const months = [
    ...VOLUMES.map((millions) => costsOf(millions * MILLION, plain, deployed)),
    ...VOLUMES.map((millions) => costsOf((millions * MILLION) / LEASED, leased, deployed)),
  ];
  const head = [
    'Item',
    ...VOLUMES.map((millions) => `${millions} M`),
    ...VOLUMES.map((millions) => `${millions} M, leases`),
  ];
  return columns(
    head,
    months.map((costs) => [...costs, fixed]),
  );
}

function settingsTable({ deployed, measured, logs }: Basis): string {
  const { plain } = validation(measured, logs);
  const costWith = (settings: Partial<Deployed>) =>
    total(costsOf(MILLION, plain, { ...deployed, ...settings }));
  const { platformLogs, tracing, accessLog } = deployed;
  // X-Ray also keeps the first request of each second.
  const firstTraces = dollarsFor(DAYS * 86_400, PRICES.trace);
  const saved = (one: Partial<Deployed>, other: Partial<Deployed>) =>
    cents(costWith(one) - costWith(other));
  const rows = [
    ['platformLogs', platformLogs, saved({ platformLogs: true }, { platformLogs: false })],
    [
      'tracing',
      tracing,
      `${saved({ tracing: true }, { tracing: false })}, and at most ${cents(firstTraces)} a month for the first request of each second`,
    ],
    ['accessLogs', accessLog !== undefined, saved({}, { accessLog: undefined })],
  ];
  return markdownTable([
    ['Setting', 'In production', 'Dollars per million validations if `true`'],
    ...rows.map(([name, value, dollars]) => [`\`${name}\``, `\`${value}\``, `${dollars}`]),
  ]);
}

const cents = (dollars: number) => dollars.toFixed(2);
const whole = (value: number) => Math.round(value).toLocaleString('en');
