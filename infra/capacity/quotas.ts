import type { Stage } from '../stages.ts';
import type { Limits } from './simulate.ts';

/** The quotas of a new account in us-east-1, as AWS documents them. */
export const QUOTAS = {
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
  gatewayRate: 10_000,
  gatewayBurst: 5_000,
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  executions: 1_000,
  /** https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
  executionsPer10Seconds: 1_000,
  callsPerExecution: 10,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
  newTableWrites: 4_000,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
  tableWrites: 40_000,
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
  partitionWrites: 1_000,
} as const;

/** Returns the limits of validations in a stage that is alone in its account, with new tables. */
export function limitsOf({ throttling, concurrency }: Stage): Limits {
  return {
    stageRate: throttling.validation.rate,
    stageBurst: throttling.validation.burst,
    accountRate: QUOTAS.gatewayRate,
    accountBurst: QUOTAS.gatewayBurst,
    // Reserved for revoke-key, record-usage and debit-usage.
    executions: QUOTAS.executions - concurrency.revoke - 2 * concurrency.usage,
    executionsPerSecond: QUOTAS.executionsPer10Seconds / 10,
    callsPerExecution: QUOTAS.callsPerExecution,
    tableWrites: QUOTAS.newTableWrites,
    partitionWrites: QUOTAS.partitionWrites,
  };
}

/** Returns the limits with one raised so far that it admits that many calls per second. */
export function raised(limits: Limits, limit: keyof typeof RAISES, calls: number): Limits {
  return { ...limits, ...RAISES[limit](calls) };
}

/** A partition's limit cannot be raised. */
const RAISES = {
  stageThrottle: (calls: number) => ({ stageRate: calls, stageBurst: calls }),
  accountThrottle: (calls: number) => ({ accountRate: calls, accountBurst: calls }),
  executions: (calls: number) => ({ executions: Math.ceil(calls / QUOTAS.callsPerExecution) }),
  table: (calls: number) => ({ tableWrites: Math.min(calls, QUOTAS.tableWrites) }),
};
