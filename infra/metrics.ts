import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { RefusalCode } from '../lib/domain/decide.ts';
import type { FunctionName } from '../lib/routes.ts';
import type { MetricName } from '../lib/runtime/metrics.ts';
import { LISTING } from '../lib/tables.ts';
import { LIVE } from './aliases.ts';
import type { Backups } from './backups.ts';
import type { StageFunctions } from './create-function.ts';
import { type ServiceFunction, serviceFunctions } from './functions.ts';
import type { Stage } from './stages.ts';
import type { ResourceTable } from './tables.ts';

export const PERIOD = Duration.minutes(5);
/** The period for what must be noticed while a release is tried. */
const MINUTE = Duration.minutes(1);
/** The period for events that occur once a day. */
const HOUR = Duration.hours(1);

/** Services call all but the last for each request they serve; the last revokes leaked keys. */
const CRITICAL_FUNCTIONS = [...serviceFunctions, 'revoke-key'] as const;

export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of alarms and dashboard, with a period of 5 minutes by default. */
export function createMetrics(
  httpApi: HttpApi,
  tables: readonly ResourceTable[],
  functions: StageFunctions,
  deadLetters: IQueue,
  { failedValidations: { share, flood }, failedRelease }: Stage['alarms'],
  backups: Backups | undefined,
) {
  const own = (metricName: MetricName, statistic: string, dimensionsMap?: Record<string, string>) =>
    new Metric({
      namespace: Aws.STACK_NAME,
      metricName,
      statistic,
      dimensionsMap,
      period: PERIOD,
    });
  const failedValidations = own('FailedValidations', 'Sum');
  const validationsWith = (outcome: 'valid' | RefusalCode) =>
    own('ValidationLatency', 'SampleCount', { outcome });
  /**
   * Of the validations answered with 200 or 401: if others counted, a flood of them would lower the
   * share and hide failures.
   */
  const failedOrValid = {
    failed: failedValidations,
    valid: validationsWith('valid'),
  };
  const failedShare = new MathExpression({
    expression: 'FILL(failed, 0) / (FILL(failed, 0) + FILL(valid, 0))',
    usingMetrics: failedOrValid,
    period: PERIOD,
  });
  const clientErrors = own('ClientErrors', 'Sum');
  return {
    requests: httpApi.metricCount({ period: PERIOD }),
    /** 5xx answers of each version of each function. */
    serverErrorsByVersion: byEvery('ServerErrors', 'function,version'),
    /** Failures of a function's latest version, if they are a share of its calls; otherwise 0. */
    failedRelease: (name: ServiceFunction) => {
      const { functionName, currentVersion } = functions[name];
      const { version } = currentVersion;
      // Lambda has metrics by executed version while an alias has two versions:
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html
      const ofVersion = {
        period: MINUTE,
        dimensionsMap: {
          FunctionName: functionName,
          Resource: `${functionName}:${LIVE}`,
          ExecutedVersion: version,
        },
      };
      return new MathExpression({
        expression: `IF(FILL(crashed, 0) + FILL(answered, 0) >= ${failedRelease.share} * calls, FILL(crashed, 0) + FILL(answered, 0), 0)`,
        usingMetrics: {
          crashed: functions[name].metricErrors(ofVersion),
          answered: own('ServerErrors', 'Sum', { function: functionName, version }).with({
            period: MINUTE,
          }),
          calls: functions[name].metricInvocations(ofVersion),
        },
        period: MINUTE,
      });
    },
    serverErrors: httpApi.metricServerError({ period: PERIOD, statistic: 'Sum' }),
    clientErrors,
    /** 4xx replies of API Gateway itself, nearly all of them a 429 of the throttle. */
    throttledCallers: new MathExpression({
      expression: 'IF(gateway > FILL(ours, 0), gateway - FILL(ours, 0), 0)',
      usingMetrics: {
        gateway: httpApi.metricClientError({ period: PERIOD, statistic: 'Sum' }),
        ours: clientErrors,
      },
      period: PERIOD,
    }),
    throttledFunctions: sumOf(
      CRITICAL_FUNCTIONS.map((name) => functions[name].metricThrottles({ period: PERIOD })),
    ),
    concurrency: LambdaFunction.metricAllConcurrentExecutions({ period: PERIOD }),
    latency: (statistic: string) => own('ValidationLatency', statistic),
    /** The p99 if there are at least 100 calls: with fewer, a single cold start determines it. */
    busyLatency: new MathExpression({
      expression: 'IF(calls >= 100, p99, 0)',
      usingMetrics: {
        calls: own('ValidationLatency', 'SampleCount'),
        p99: own('ValidationLatency', 'p99'),
      },
      period: PERIOD,
    }),
    failedValidations,
    failedShare,
    /** Failed validations, if their share or their number exceeds the usual few; otherwise 0. */
    failureSpike: new MathExpression({
      expression: `IF(failed >= ${share} * (failed + FILL(valid, 0)) || failed >= ${flood}, failed, 0)`,
      usingMetrics: failedOrValid,
      period: PERIOD,
    }),
    validationsByOutcome: byEvery('ValidationLatency', 'outcome', 'SampleCount'),
    validationsByService: byEvery('ValidationLatency', 'outcome,"service_id"', 'SampleCount'),
    /** The latest findings of the daily check of all keys. */
    postureFindings: byEvery('PostureFindings', 'check', 'Maximum', Duration.days(1)),
    requestsByToken: byEvery('TokenRequests', 'token'),
    environmentMismatches: own('EnvironmentMismatches', 'Sum'),
    rateLimited: validationsWith('rate_limited'),
    adminAuthenticationFailures: own('AdminAuthenticationFailures', 'Sum'),
    forbiddenRequests: own('ForbiddenRequests', 'Sum'),
    keysDue: own('KeysDueForRotation', 'Maximum').with({ period: Duration.days(1) }),
    /** 1 in the hour in which the daily report completed. */
    dueReports: filled(own('KeysDueForRotation', 'SampleCount'), HOUR),
    /** 1 in the hour in which the daily check of all keys completed. */
    assessments: filled(own('KeysAssessed', 'SampleCount'), HOUR),
    validations: filled(own('ValidationLatency', 'SampleCount'), PERIOD),
    throttles: sumOf(throttles(tables)),
    /** The age, in milliseconds, of the oldest usage report that is not yet in the totals. */
    usageLag: functions['count-usage'].metric('IteratorAge', {
      statistic: 'Maximum',
      period: PERIOD,
    }),
    lostUsage: deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
    unreadableReports: own('UnreadableReports', 'Sum'),
    /** Backups and copies of them that failed; undefined if the stage has none. */
    failedBackups: backups && sumOf(backups.failures(HOUR), HOUR, 'failed'),
    errorsOf: (name: Exclude<FunctionName, 'docs'>) =>
      functions[name].metricErrors({ period: PERIOD }),
  };
}

/** Returns the metric for each combination of values that the dimensions have. */
function byEvery(
  metric: MetricName,
  dimensions: string,
  statistic = 'Sum',
  period = PERIOD,
): IMetric {
  return new MathExpression({
    expression: `SEARCH('{"${Aws.STACK_NAME}",${dimensions}} MetricName="${metric}"', '${statistic}')`,
    period,
    label: '',
  });
}

/** Returns the throttle metrics of all tables and of the index for listing. */
function throttles(tables: readonly ResourceTable[]): Metric[] {
  return tables.flatMap(({ table, definition: { indexes } }) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].flatMap((name) => {
      const ofTable = table.metric(name, { statistic: 'Sum', period: PERIOD });
      const dimensionsMap = { TableName: table.tableName, GlobalSecondaryIndexName: LISTING.name };
      return indexes?.includes(LISTING) ? [ofTable, ofTable.with({ dimensionsMap })] : [ofTable];
    }),
  );
}

/** Returns the sum of the metrics; an alarm's expression accepts ten at most. */
function sumOf(metrics: readonly Metric[], period = PERIOD, label = 'throttled'): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric]));
  return new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(', ')}])`,
    usingMetrics,
    period,
    label,
  });
}

/**
 * Returns the metric with 0 for missing data. If data points are missing, an alarm evaluates older
 * ones, and would report silence days too late:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
function filled(metric: Metric, period: Duration): MathExpression {
  return new MathExpression({
    expression: 'FILL(m0, 0)',
    usingMetrics: { m0: metric.with({ period }) },
    period,
  });
}
