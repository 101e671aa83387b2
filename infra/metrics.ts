import { Aws, Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RefusalCode } from '../lib/domain/decide.ts';
import type { MetricName } from '../lib/metrics.ts';
import type { FunctionName } from '../lib/routes.ts';
import type { ResourceTable } from './resources.ts';

const PERIOD = Duration.minutes(5);

export type Metrics = ReturnType<typeof createMetrics>;

/** What alarms and dashboard look at, all by 5 minutes. */
export function createMetrics(
  httpApi: HttpApi,
  tables: readonly ResourceTable[],
  functions: Record<FunctionName, LambdaFunction>,
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
  const failedShare = own('FailedValidations', 'Average');
  const errors = (name: FunctionName) => functions[name].metricErrors({ period: PERIOD });
  return {
    requests: httpApi.metricCount({ period: PERIOD }),
    serverErrors: httpApi.metricServerError({ period: PERIOD, statistic: 'Sum' }),
    latency: (statistic: string) => own('ValidationLatency', statistic),
    /** The 99th percentile where there are enough calls for one: of a few it is whichever started cold. */
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
    /** The failed validations when they are no longer the few that there always are: by their share, or by ten a second. */
    failureSpike: new MathExpression({
      expression: 'IF(share >= 0.05 || failed >= 3000, failed, 0)',
      usingMetrics: { failed: failedValidations, share: failedShare },
      period: PERIOD,
    }),
    validationsByOutcome: byEvery('outcome'),
    validationsByService: byEvery('outcome,"service_id"'),
    environmentMismatches: own('EnvironmentMismatches', 'Sum'),
    rateLimited: own('Validations', 'Sum', { outcome: 'rate_limited' satisfies RefusalCode }),
    adminAuthenticationFailures: own('AdminAuthenticationFailures', 'Sum'),
    keysDue: own('KeysDueForRotation', 'Maximum').with({ period: Duration.days(1) }),
    throttles: throttles(tables),
    errorsOf: errors,
  };
}

/** The validations by whatever values the dimensions have taken. */
function byEvery(dimensions: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{"${Aws.STACK_NAME}",${dimensions}} MetricName="Validations"', 'Sum')`,
    period: PERIOD,
    label: '',
  });
}

/** Reads and writes that DynamoDB refused, of all tables and their indexes. */
function throttles(tables: readonly ResourceTable[]): MathExpression {
  const metrics = tables.flatMap(({ table, definition: { index } }) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].flatMap((name) => {
      const ofTable = table.metric(name, { statistic: 'Sum', period: PERIOD });
      return index
        ? [
            ofTable,
            ofTable.with({
              dimensionsMap: { TableName: table.tableName, GlobalSecondaryIndexName: index.name },
            }),
          ]
        : [ofTable];
    }),
  );
  const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric]));
  return new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(', ')}])`,
    usingMetrics,
    period: PERIOD,
    label: 'throttled',
  });
}
