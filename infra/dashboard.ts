import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IWidget,
  LogQueryWidget,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { StageFunctions } from './create-function.ts';
import type { Metrics } from './metrics.ts';
import { REFUSED_ATTEMPTS, searchedFunctions } from './refused-attempts.ts';

/** Creates the dashboard: one row for each question that an operator asks first. */
export function createDashboard(
  scope: Construct,
  metrics: Metrics,
  alarms: Alarms,
  functions: StageFunctions,
): Dashboard {
  const half = 12;
  const rows: [string, ...IWidget[]][] = [
    [
      'Is it up?',
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.all], width: half }),
      new GraphWidget({
        title: 'Requests and 5xx',
        left: [metrics.requests],
        right: [metrics.serverErrors],
        width: half,
      }),
      new GraphWidget({
        title: '5xx by function and version',
        left: [metrics.serverErrorsByVersion],
        width: half,
      }),
      new GraphWidget({
        title: '4xx: ours, and turned away by API Gateway',
        left: [
          metrics.clientErrors.with({ label: 'ours' }),
          metrics.throttledCallers.with({ label: 'by API Gateway' }),
        ],
        width: half,
      }),
      new GraphWidget({
        title: 'Throttled by Lambda, and concurrent executions of the account',
        left: [metrics.throttledFunctions],
        right: [metrics.concurrency],
        width: half,
      }),
    ],
    [
      'Is it fast?',
      new GraphWidget({
        title: 'Validation latency, ms',
        left: ['p50', 'p90', 'p99'].map((label) => metrics.latency(label).with({ label })),
        width: half,
      }),
      new GraphWidget({
        title: 'Throttled by DynamoDB',
        left: [metrics.throttles],
        width: half,
      }),
      new GraphWidget({
        title: 'Usage reports on their way to the totals: ms of the oldest; given up',
        left: [metrics.usageLag],
        right: [metrics.lostUsage],
        width: half,
      }),
    ],
    [
      'Is someone attacking?',
      new GraphWidget({
        title: 'Validations by outcome',
        left: [metrics.validationsByOutcome],
        width: half,
      }),
      new GraphWidget({
        title: 'Validations by outcome and service',
        left: [metrics.validationsByService],
        width: half,
      }),
      new GraphWidget({
        title: 'Failed validations',
        left: [metrics.failedValidations],
        right: [metrics.failedShare.with({ label: 'share of all' })],
        width: half,
      }),
      new GraphWidget({
        title: 'Wrong environment, rate limited, admin authentication failures',
        left: [
          metrics.environmentMismatches.with({ label: 'environment_mismatch' }),
          metrics.rateLimited.with({ label: 'rate_limited' }),
          metrics.adminAuthenticationFailures,
        ],
        width: half,
      }),
      new GraphWidget({
        title: 'Requests by token; forbidden by its role',
        left: [metrics.requestsByToken],
        right: [metrics.forbiddenRequests],
        width: half,
      }),
      new LogQueryWidget({
        title: 'Refused administrative attempts',
        logGroupNames: searchedFunctions.flatMap(
          (name) => functions[name]?.logGroup.logGroupName ?? [],
        ),
        queryLines: [...REFUSED_ATTEMPTS],
        width: 2 * half,
      }),
    ],
    [
      'What is due?',
      new SingleValueWidget({
        title: 'Keys past their rotation date',
        metrics: [metrics.keysDue],
        // Covers the latest value, which is emitted once a day.
        start: '-P2D',
        width: half,
      }),
      new GraphWidget({
        title: 'Keys by finding of the daily check',
        left: [metrics.postureFindings],
        // One value a day.
        start: '-P14D',
        width: half,
      }),
      new GraphWidget({
        title: 'Failed rotations of the admin token, failed reports of due keys',
        left: (['rotate-admin-token', 'report-due-keys'] as const).map((name) =>
          metrics.errorsOf(name).with({ label: name }),
        ),
        width: half,
      }),
    ],
  ];
  const dashboard = new Dashboard(scope, 'Dashboard');
  for (const [question, ...widgets] of rows) {
    dashboard.addWidgets(new TextWidget({ markdown: `## ${question}`, width: 24, height: 1 }));
    dashboard.addWidgets(...widgets);
  }
  return dashboard;
}
