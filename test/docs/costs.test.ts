import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import { billedMs, costsOf, total, usageReport, validation } from '../../infra/costs/calls.ts';
import { type Deployed, deployedOf } from '../../infra/costs/deployed.ts';
import { type LogBytes, measureLogBytes } from '../../infra/costs/log-bytes.ts';
import { readMeasurements } from '../../infra/costs/measurements.ts';
import { checkDollars, DAILY_CHECKS } from '../../infra/costs/monthly.ts';
import { COSTS_PAGE, PRODUCTION } from '../../infra/costs/page.ts';
import { dollarsFor, PRICES } from '../../infra/costs/prices.ts';
import { costTables } from '../../infra/costs/tables.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { useService } from '../support/service.ts';

const service = useService();
const measured = readMeasurements();
let deployed: Deployed;
let logs: LogBytes;
beforeAll(async () => {
  deployed = deployedOf(PRODUCTION);
  // The name of the stack is in each line.
  process.env.STACK_NAME = 'hokusai-api-keys-production';
  logs = await measureLogBytes(service.url, ADMIN_TOKEN);
}, 60_000);

test('docs/costs.md has the tables that `npm run costs -- --write` writes', () => {
  const page = readFileSync(COSTS_PAGE, 'utf8');
  expect(page).toBe(replaceTables(page, 'costs', costTables({ deployed, measured, logs })));
});

test('a million validations in production cost at most $2.20', () => {
  expect(total(costsOf(1_000_000, validation(measured, logs).plain, deployed))).toBeLessThan(2.2);
});

test('the log line of a validation has at most 560 bytes, and its access log at most 160', () => {
  expect(logs.validation).toBeLessThanOrEqual(560);
  const access = costsOf(1_000_000, validation(measured, logs).plain, deployed).find(
    ({ item }) => item === 'Access log',
  );
  expect(Number.parseInt(access?.amount ?? '', 10)).toBeLessThanOrEqual(160);
});

test('docs/benchmarks.json has the numbers of docs/benchmarks.md', () => {
  const rows = readFileSync('docs/benchmarks.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const cellsOf = (name: string) => rows.find((row) => row[1] === name) ?? [];
  for (const { name, cpuMs, requests, reads, writes } of measured.operations) {
    expect([name, ...cellsOf(name).slice(4, 8)]).toEqual([
      name,
      ...[cpuMs, requests, reads, writes].map(String),
    ]);
  }
  for (const { perSecond, requestsPerCall } of measured.leases) {
    expect(cellsOf(perSecond.toLocaleString('en'))[2]).toBe(String(requestsPerCall));
  }
  expect(rows.flat().join()).toContain(`CPU of a warm validation (${measured.warmCpuMs} ms)`);
  const { date, commit } = measured.environment;
  expect(rows.flat().join()).toContain(`- Commit: \`${commit}\`,- Date: ${date}`);
});

// The expected sums of these tests are made by hand.
describe('sums', () => {
  const stage: Deployed = {
    memoryMb: () => 512,
    tracing: true,
    platformLogs: false,
    accessLog: '$context.status',
    alarmMetrics: 0,
    secrets: 0,
  };
  const bytes: LogBytes = { validation: 1000, leased: 2000, report: 3000 };
  const results = {
    environment: { date: '', commit: '' },
    operations: [
      { name: 'validate warm', cpuMs: 2, requests: 1, reads: 0, writes: 1 },
      { name: 'record usage', cpuMs: 4, requests: 2, reads: 0, writes: 2 },
      { name: 'count 1,000 entries of 1 key', cpuMs: 9, requests: 2, reads: 2, writes: 6 },
      { name: 'count 1,000 entries of 100 keys', cpuMs: 9, requests: 6, reads: 300, writes: 600 },
    ],
    warmCpuMs: 1,
    leases: [],
  };
  const dollarsOf = (...args: Parameters<typeof costsOf>) =>
    Object.fromEntries(
      costsOf(...args).map(({ item, dollars }) => [item, Number(dollars.toFixed(5))]),
    );

  test('a validation: 5 ms, and 1 ms on 512 of 1,769 MB, are 9 ms', () => {
    const { plain } = validation(results, bytes);
    expect(billedMs(plain, 512)).toBe(9);
    expect(billedMs(plain, 1769)).toBe(6);
    expect(billedMs(plain, 3008)).toBe(6);
    expect(dollarsOf(1_000_000, plain, stage)).toEqual({
      'HTTP API': 1,
      'Lambda requests': 0.2,
      // 4,500 GB-seconds
      'Lambda duration': 0.06,
      'DynamoDB writes': 0.625,
      // 1 GB
      'Log of the function': 0.5,
      // 3 MB
      'Access log': 0.00075,
      // 50,000 traces
      'X-Ray': 0.25,
    });
  });

  test('a usage report: twice the processor time, 2 requests, and a thousandth of a batch', () => {
    const report = usageReport(results, bytes, '100 keys');
    expect(report).toMatchObject({ cpuMs: 2, reads: 0.3, writes: 2.6, logBytes: 3000 });
    expect(billedMs(report, 512)).toBe(17);
    expect(
      dollarsOf(1_000_000, report, { ...stage, tracing: false, accessLog: undefined }),
    ).toEqual({
      'HTTP API': 1,
      'Lambda requests': 0.2,
      'Lambda duration': 0.11333,
      'DynamoDB writes': 1.625,
      'DynamoDB reads': 0.0375,
      'Log of the function': 1.5,
    });
  });

  test.each([
    [0, 0],
    [300_000_000, 300],
    [400_000_000, 390],
  ])('%d requests of an HTTP API cost $%d', (requests, dollars) => {
    expect(dollarsFor(requests, PRICES.httpApiRequest)).toBeCloseTo(dollars, 9);
  });

  test('60,000 GB of logs cost $12,500: four tiers', () => {
    expect(dollarsFor(60_000, PRICES.logGb)).toBeCloseTo(5000 + 5000 + 2000 + 500, 9);
  });

  test('the daily check of 10,000 keys costs $0.05 a month', () => {
    const [check] = DAILY_CHECKS;
    // 30.42 days of (10,093 + 285) reads and 318 writes
    expect(check && checkDollars(check)).toBeCloseTo(0.03946 + 0.00605, 4);
  });
});
