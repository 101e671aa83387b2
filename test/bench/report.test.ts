import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Results } from './measure/all.ts';
import { HELP } from './options.ts';
import { measurementsOf } from './report/measurements.ts';
import { renderPage } from './report/page.ts';
import { renderReport, renderSections } from './report/sections.ts';

const RESULTS: Results = {
  environment: { date: '2026-01-31', commit: 'abc1234', node: '20.15.0', machine: '2 × CPU, 4 GB' },
  coldStart: {
    firstValidationMs: 39.25,
    bundles: [
      { name: 'sdk-only', kb: 210, loadMs: 32.1, ratio: 1 },
      { name: 'validate-key', kb: 343, loadMs: 40.1, ratio: 1.25 },
    ],
  },
  operations: [
    operation('validate warm', { cpuMs: 0.6, writes: 1, perSecond1: 600, perSecond16: 1200 }),
    operation('validate cold', { cpuMs: 2, reads: 1, writes: 1, perSecond16: 700 }),
    operation('validate, over limit', { cpuMs: 0.1, perSecond1: 15_000, perSecond16: 23_000 }),
    operation('validate, bcrypt only', { cpuMs: 300, reads: 1, writes: 1, perSecond1: 3 }),
    operation('record usage', { cpuMs: 2, writes: 2, perSecond16: 770 }),
    operation('debit usage', { cpuMs: 2, writes: 2, perSecond16: 700 }),
    operation('count 1,000 entries of 1 key', { cpuMs: 40, reads: 2, writes: 6 }),
    operation('count 1,000 entries of 100 keys', { cpuMs: 87, reads: 289.33, writes: 584.67 }),
  ],
  sdkRatio: { sdkCpuMs: 0.5, warmCpuMs: 0.6, cpuRatio: 1.2 },
  growth: [
    {
      name: 'validate warm',
      sizes: [1_000, 100_000, 1_000_000],
      mediansMs: [1, 1.01, 0.98],
      ratios: [1, 1.01, 0.98],
    },
  ],
  load: {
    requestedPerSecond: 250,
    rows: [
      { name: 'no reports', reportsPerSecond: 0, failed: 0, medianMs: 2.9, p99Ms: 8 },
      { name: 'reports for another key', reportsPerSecond: 250, failed: 0, medianMs: 4, p99Ms: 24 },
      {
        name: 'reports for the same key',
        reportsPerSecond: 249,
        failed: 3,
        medianMs: 3,
        p99Ms: 12,
      },
    ],
    p99Ratio: 1.5,
    p99RatioToAnother: 0.5,
  },
  revocation: {
    connections: 300,
    withinMs: 2000,
    changes: [
      { name: 'DELETE', tries: 20, medianMs: 14, slowestMs: 56, inTime: 20 },
      { name: 'rotation', tries: 5, medianMs: 454, slowestMs: Number.POSITIVE_INFINITY, inTime: 4 },
    ],
  },
  leases: {
    leaseMs: 1500,
    apps: [
      { check: 'none', connections: 1, perSecond: 3000, medianMs: 0.2, p99Ms: 1, ratio: 1 },
      { check: 'calls', connections: 1, perSecond: 300, medianMs: 3, p99Ms: 9, ratio: 0.1 },
      { check: 'leases', connections: 1, perSecond: 2700, medianMs: 0.25, p99Ms: 1.5, ratio: 0.9 },
      { check: 'none', connections: 64, perSecond: 6000, medianMs: 10, p99Ms: 20, ratio: 1 },
      { check: 'calls', connections: 64, perSecond: 800, medianMs: 80, p99Ms: 200, ratio: 0.13 },
      { check: 'leases', connections: 64, perSecond: 5600, medianMs: 11, p99Ms: 24, ratio: 0.94 },
    ],
    rates: [
      { perSecond: 1, requestsPerCall: 1, unusedPercent: 0 },
      { perSecond: 100, requestsPerCall: 147.5, unusedPercent: 2.3 },
      { perSecond: 1000, requestsPerCall: 1000, unusedPercent: 0 },
    ],
    localCpuMicroseconds: 2.5,
  },
  http: { connections: 16, perSecond: 1001.2, medianMs: 13, p99Ms: 39, not2xx: 0 },
  memory: { 5000: 166, 10000: 250, 15000: 241 },
};

const REPORT = readFileSync('test/bench/report/expected.md', 'utf8').trimEnd();

function operation(
  name: Results['operations'][number]['name'],
  measured: Partial<Results['operations'][number]>,
): Results['operations'][number] {
  return {
    name,
    medianMs: 1.5,
    p99Ms: 5.25,
    cpuMs: 0,
    requests: 1,
    reads: 0,
    writes: 0,
    perSecond1: 400,
    perSecond16: undefined,
    ...measured,
  };
}

/** Returns the text around the results, which is the same in every run. */
function textOf(page: string): string {
  const withoutTables = page.replaceAll(/^(\||- (Machine|Node\.js|Commit|Date):).*\n/gm, '');
  return withoutTables.replaceAll(/\d[\d.,]*/g, 'N');
}

test('renders every result as Markdown', () => {
  expect(renderReport(RESULTS)).toBe(REPORT);
});

test('renders results that were stored as JSON in the same way', () => {
  expect(renderReport(JSON.parse(JSON.stringify(RESULTS)))).toBe(REPORT);
});

test('keeps for docs/benchmarks.json what the costs are computed from', () => {
  expect(measurementsOf(RESULTS)).toEqual({
    environment: { date: '2026-01-31', commit: 'abc1234' },
    operations: expect.arrayContaining([
      { name: 'record usage', cpuMs: 2, requests: 1, reads: 0, writes: 2 },
    ]),
    warmCpuMs: 0.6,
    leases: [
      { perSecond: 1, requestsPerCall: 1 },
      { perSecond: 100, requestsPerCall: 147.5 },
      { perSecond: 1000, requestsPerCall: 1000 },
    ],
  });
});

test('puts every section of the report on the page and leaves no placeholder', () => {
  const page = renderPage(RESULTS);
  for (const section of Object.values(renderSections(RESULTS))) expect(page).toContain(section);
  expect(page).toContain(HELP);
  expect(page).not.toContain('{{');
});

test('finds the text of the page in docs/benchmarks.md', () => {
  expect(textOf(readFileSync('docs/benchmarks.md', 'utf8'))).toBe(textOf(renderPage(RESULTS)));
});
