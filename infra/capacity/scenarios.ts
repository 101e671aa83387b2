import { billedMs, costsOf, total, validation } from '../costs/calls.ts';
import { readMeasurements } from '../costs/measurements.ts';
import { DAYS } from '../costs/monthly.ts';
import { PRODUCTION } from '../costs/page.ts';
import { limitsOf, QUOTAS } from './quotas.ts';
import { type Limits, type Load, type Outcome, simulate } from './simulate.ts';
import type { Limit } from './tally.ts';

/** The time in which the limit of a key holds. */
const HOUR = 3600;
/** In which traffic grows to the rate of a scenario. */
const RAMP_SECONDS = 60;
/** Long enough to see which limit is met first. */
const RAISE_SECONDS = 300;
/** So many that 10,000 requests per second are within the highest limit of each. */
export const MANY_KEYS = 1_000;
/**
 * The mean pauses of the SDK before the second and the third attempt of a throttled request: random,
 * up to 1 s and 2 s (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
const PAUSES_MS = [500, 1_000];

const MEASURED = readMeasurements();
/** The benchmark's warm validation, without its log line. */
const CALL = validation(MEASURED, { validation: 0, leased: 0, report: 0 }).plain;

export interface Scenario {
  /** Requests that callers check in a second; with leases the service gets fewer calls. */
  readonly perSecond: number;
  readonly keys: number;
  readonly leases: boolean;
}

export const SCENARIOS: readonly Scenario[] = [10, 1_000, 10_000].flatMap((perSecond) =>
  [MANY_KEYS, 1].flatMap((keys) => [false, true].map((leases) => ({ perSecond, keys, leases }))),
);

export interface Result extends Outcome {
  readonly scenario: Scenario;
  readonly callsPerSecond: number;
  readonly dollarsPerMonth: number;
}

/** Simulates an hour of a production stage with its default settings and new tables. */
export function run(
  scenario: Scenario,
  limits: Limits = limitsOf(PRODUCTION),
  seconds = HOUR,
): Result {
  const load = { ...loadOf(scenario), seconds };
  const callsPerSecond = load.perSecond / load.requestsPerCall;
  return {
    ...simulate(load, limits),
    scenario,
    callsPerSecond,
    dollarsPerMonth: monthly(callsPerSecond),
  };
}

/** Returns the load of a scenario. */
export function loadOf({ perSecond, keys, leases }: Scenario): Omit<Load, 'seconds'> {
  return {
    perSecond,
    rampSeconds: RAMP_SECONDS,
    keys,
    requestsPerCall: leases ? requestsPerCall(perSecond / keys) : 1,
    callMs: billedMs(CALL, PRODUCTION.memory.service),
    pausesMs: PAUSES_MS,
  };
}

/** Returns what the benchmark measured at the nearest rate of a key below this one. */
function requestsPerCall(perSecondAndKey: number): number {
  return MEASURED.leases.findLast((one) => one.perSecond <= perSecondAndKey)?.requestsPerCall ?? 1;
}

/** Returns the dollars for calls of a steady rate, all month, if none is refused, without logs. */
function monthly(callsPerSecond: number): number {
  const withoutLogs = {
    memoryMb: () => PRODUCTION.memory.service,
    platformLogs: false,
    accessLog: undefined,
    tracing: false,
  };
  return total(costsOf(callsPerSecond * DAYS * 86_400, CALL, withoutLogs));
}

export interface Raise {
  readonly met: Limit;
  readonly second: number;
  /** Undefined: the limit cannot be raised far enough. */
  readonly to: number | undefined;
}

/** Raises one limit after the other, the one that is met first, until none is met. */
export function raises(scenario: Scenario, start: Limits = limitsOf(PRODUCTION)): Raise[] {
  const steps: Raise[] = [];
  for (let limits = start; ; ) {
    const { met, callsPerSecond } = run(scenario, limits, RAISE_SECONDS);
    const [first] = met;
    if (!first) return steps;
    const more = raised(first.limit, callsPerSecond, scenario.keys);
    const [name, to] = Object.entries(more ?? {})[0] ?? [];
    const isHigher = to !== undefined && to > limits[name as keyof Limits];
    steps.push({ met: first.limit, second: first.second, to: isHigher ? to : undefined });
    if (!isHigher) return steps;
    limits = { ...limits, ...more };
  }
}

/**
 * Returns the limits that admit a rate of calls. That of a key is part of what was sold, and a key
 * is always in one partition. A table with a higher throughput has more partitions.
 */
export function raised(limit: Limit, calls: number, keys: number): Partial<Limits> | undefined {
  if (limit === 'stageThrottle') return { stageRate: calls, stageBurst: calls };
  if (limit === 'accountThrottle') return { accountRate: calls };
  if (limit === 'executions') {
    return { executions: Math.ceil(calls / QUOTAS.callsPerExecution.value) };
  }
  if (limit === 'table' || (limit === 'partition' && keys > 1)) return { tableWrites: calls };
  return undefined;
}
