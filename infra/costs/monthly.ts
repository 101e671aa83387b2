import { KEY_CHECKS } from '../../lib/domain/posture.ts';
import type { Cost } from './calls.ts';
import type { Deployed } from './deployed.ts';
import { dollarsFor, PRICES } from './prices.ts';

/** The average month, as AWS computes with it: 730 hours. */
export const DAYS = 730 / 24;

/** Assumed: the metrics of all outcomes and services that occur. */
const METRICS = 25;
/** One for each key check, and the number of the keys. */
const CHECK_METRICS = KEY_CHECKS.length + 1;

/** Returns what a stage costs in a month without any request. */
export function stageCosts({ secrets, alarmMetrics }: Deployed): Cost[] {
  return [
    { item: 'Secrets', amount: `${secrets}`, dollars: dollarsFor(secrets, PRICES.secret) },
    {
      item: 'Alarms',
      amount: `${alarmMetrics} metrics`,
      dollars: dollarsFor(alarmMetrics, PRICES.alarmMetric),
    },
    {
      item: 'Metrics, overall and by outcome and service',
      amount: `about ${METRICS}`,
      dollars: dollarsFor(METRICS, PRICES.metric),
    },
    {
      item: 'Metrics of the daily check',
      amount: `${CHECK_METRICS}, for an hour of each day`,
      dollars: dollarsFor(CHECK_METRICS / 24, PRICES.metric),
    },
    {
      item: 'Dashboard',
      amount: "1, after the account's first three",
      dollars: dollarsFor(1, PRICES.dashboard),
    },
  ];
}

interface DailyCheck {
  readonly keys: number;
  /** Of the run that assesses all keys. */
  readonly requests: number;
  readonly reads: number;
  readonly writes: number;
}

/** Measured on 2026-11-28 with the embedded DynamoDB; one key in ten has a fault or nearly has one. */
export const DAILY_CHECKS: readonly DailyCheck[] = [
  { keys: 10_000, requests: 121, reads: 10_093, writes: 318 },
  { keys: 100_000, requests: 1_189, reads: 100_904, writes: 2_494 },
];
/** The other runs of a day, which find the check complete, with 3 read units each. */
const IDLE_READS = 95 * 3;

/** Returns the dollars of a month's daily checks. */
export function checkDollars({ reads, writes }: DailyCheck): number {
  const readUnits = DAYS * (reads + IDLE_READS);
  return dollarsFor(readUnits, PRICES.readUnit) + dollarsFor(DAYS * writes, PRICES.writeUnit);
}
