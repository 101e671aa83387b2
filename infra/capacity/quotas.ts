import type { Stage } from '../stages.ts';
import type { Limits } from './simulate.ts';

interface Quota {
  readonly value: number;
  readonly meaning: string;
  readonly page: string;
  /** Why the page was not seen to say so; undefined: it was. */
  readonly unconfirmed?: string;
}

const DYNAMODB = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';
const THROTTLING = 'https://repost.aws/knowledge-center/on-demand-table-throttling-dynamodb';
const PARTITIONS =
  'https://aws.amazon.com/blogs/database/part-3-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg';

/** The quotas of an account in us-east-1 by default, and what the simulation assumes beside them. */
export const QUOTAS = {
  accountRate: {
    value: 10_000,
    meaning: 'API Gateway: requests per second of the account and region, all APIs',
    page: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  accountBurst: {
    value: 5_000,
    meaning: 'API Gateway: its bucket of tokens',
    page: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  executions: {
    value: 1_000,
    meaning: 'Lambda: executions at the same time, all functions of the account and region',
    page: `${LAMBDA}/lambda-concurrency.html`,
  },
  executionsPer10Seconds: {
    value: 1_000,
    meaning: 'Lambda: executions that a function may add in 10 seconds',
    page: `${LAMBDA}/scaling-behavior.html`,
  },
  callsPerExecution: {
    value: 10,
    meaning: 'Lambda: calls per second for each execution, however short they are',
    page: `${LAMBDA}/scaling-behavior.html`,
  },
  newTableWrites: {
    value: 4_000,
    meaning: 'DynamoDB: write units per second of a new table on demand',
    page: `${DYNAMODB}/on-demand-capacity-mode.html`,
  },
  newTableReads: {
    value: 12_000,
    meaning: 'DynamoDB: read units per second of the same',
    page: `${DYNAMODB}/on-demand-capacity-mode.html`,
  },
  growthMinutes: {
    value: 30,
    meaning: 'DynamoDB: minutes until a table takes twice its previous peak',
    page: THROTTLING,
  },
  tableWrites: {
    value: 40_000,
    meaning: 'DynamoDB: write units per second of a table',
    page: `${DYNAMODB}/on-demand-capacity-mode.html`,
  },
  partitionWrites: {
    value: 1_000,
    meaning: 'DynamoDB: write units per second of a partition, and so of an item',
    page: THROTTLING,
  },
  partitionReads: {
    value: 3_000,
    meaning: 'DynamoDB: read units per second of the same',
    page: THROTTLING,
  },
  partitionGb: {
    value: 10,
    meaning: 'DynamoDB: GB of a partition, which is split when it grows beyond',
    page: PARTITIONS,
  },
  heatMinutes: {
    value: 10,
    meaning: 'DynamoDB: minutes at its limit after which a partition is split in two',
    page: PARTITIONS,
    unconfirmed: 'AWS says that it splits, not when',
  },
  secretReads: {
    value: 10_000,
    meaning: 'Secrets Manager: `GetSecretValue` per second',
    page: 'https://aws.amazon.com/about-aws/whats-new/2025/03/aws-secrets-manager-increases-api-requests-seconds',
  },
  keyOperations: {
    value: 100_000,
    meaning: 'KMS: symmetric operations per second; one for each read of a secret',
    page: 'https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html',
    unconfirmed: 'the number was not seen; it is lower in other regions',
  },
  logRequests: {
    value: 5_000,
    meaning: 'CloudWatch Logs: `PutLogEvents` per second; metrics are part of the log lines',
    page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html',
    unconfirmed: "the number was not seen, nor whether it counts Lambda's own deliveries",
  },
  traces: {
    value: 2_600,
    meaning: 'X-Ray: segments per second, where `tracing` is on',
    page: 'https://docs.aws.amazon.com/general/latest/gr/xray.html',
    unconfirmed: 'the number was not seen',
  },
} as const satisfies Record<string, Quota>;

/** The highest `rate_limit_per_hour` that a key can have. */
export const HIGHEST_KEY_LIMIT = 100_000;

/** Returns the limits of validations in a stage that is alone in its account, with new tables. */
export function limitsOf({ throttling, concurrency }: Stage): Limits {
  return {
    stageRate: throttling.validation.rate,
    stageBurst: throttling.validation.burst,
    accountRate: QUOTAS.accountRate.value,
    accountBurst: QUOTAS.accountBurst.value,
    // Reserved for revoke-key, record-usage and debit-usage.
    executions: QUOTAS.executions.value - concurrency.revoke - 2 * concurrency.usage,
    executionsAtOnce: QUOTAS.executionsPer10Seconds.value,
    executionsPerSecond: QUOTAS.executionsPer10Seconds.value / 10,
    callsPerExecution: QUOTAS.callsPerExecution.value,
    keyRequestsPerHour: HIGHEST_KEY_LIMIT,
    tableWrites: QUOTAS.newTableWrites.value,
    mostTableWrites: QUOTAS.tableWrites.value,
    partitionWrites: QUOTAS.partitionWrites.value,
  };
}
