import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type CreateAlarmOptions,
  type MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { pascalCase } from './create-function.ts';
import type { ServiceFunction } from './functions.ts';
import { type Metrics, PERIOD } from './metrics.ts';
import type { Stage } from './stages.ts';

type Thresholds = Stage['alarms'];

/** When an alarm goes off, and what it says. */
export interface Rule extends Omit<CreateAlarmOptions, 'evaluationPeriods'> {
  readonly metric: Metric | MathExpression;
  readonly alarmDescription: string;
  readonly evaluationPeriods?: number;
  /** Also notifies when the alarm returns to OK. Unset for single events, which do not last. */
  readonly lasts?: true;
  /** The section of docs/operations.md; by default the one with the alarm's name. */
  readonly section?: keyof Thresholds;
}

/**
 * Returns the rules of all alarms of a stage, by their settings' names or {@link failedReleaseOf}.
 * @param released the functions whose releases are tried with a share of the calls
 */
export function alarmRules(
  thresholds: Thresholds,
  metrics: Metrics,
  released: readonly ServiceFunction[],
): Record<string, Rule> {
  return { ...rulesOf(thresholds, metrics), ...releaseRules(thresholds, metrics, released) };
}

/** Returns the rules by their settings' names: a setting without a rule does not compile. */
function rulesOf(thresholds: Thresholds, metrics: Metrics): Record<string, Rule> {
  const { failedValidations, missingDueReport, missingAssessment, noTraffic } = thresholds;
  const rules: Record<
    Exclude<keyof Thresholds, 'noTraffic' | 'failedRelease' | 'failedBackup'>,
    Rule
  > = {
    adminAuthenticationFailures: {
      metric: metrics.adminAuthenticationFailures,
      threshold: thresholds.adminAuthenticationFailures,
      alarmDescription: `${thresholds.adminAuthenticationFailures} requests with a wrong admin token in 5 minutes.`,
    },
    failedValidations: {
      metric: metrics.failureSpike,
      threshold: failedValidations.count,
      alarmDescription: `${failedValidations.count} validations were answered 401 in 5 minutes, and they were a share of ${failedValidations.share} of all validations or at least ${failedValidations.flood}.`,
    },
    environmentMismatches: {
      metric: metrics.environmentMismatches,
      threshold: thresholds.environmentMismatches,
      alarmDescription:
        'A key of another environment was presented to this deployment, or was validated for another environment than its own.',
    },
    serverErrors: {
      metric: metrics.serverErrors,
      threshold: thresholds.serverErrors,
      lasts: true,
      alarmDescription: `${thresholds.serverErrors} responses had a 5xx status in 5 minutes.`,
    },
    slowValidations: {
      metric: metrics.busyLatency,
      threshold: thresholds.slowValidations,
      evaluationPeriods: 3,
      lasts: true,
      alarmDescription: `The 99th percentile of validation latency was over ${thresholds.slowValidations} ms for 15 minutes.`,
    },
    throttledDatabase: {
      metric: metrics.throttles,
      threshold: thresholds.throttledDatabase,
      lasts: true,
      alarmDescription: 'DynamoDB throttled a read or a write.',
    },
    throttledCallers: {
      metric: metrics.throttledCallers,
      threshold: thresholds.throttledCallers,
      lasts: true,
      alarmDescription: `API Gateway throttled ${thresholds.throttledCallers} requests in 5 minutes.`,
    },
    throttledFunctions: {
      metric: metrics.throttledFunctions,
      threshold: thresholds.throttledFunctions,
      lasts: true,
      alarmDescription:
        'Lambda throttled the function that validates keys, one that takes usage reports, or the one that revokes keys.',
    },
    concurrency: {
      metric: metrics.concurrency,
      threshold: thresholds.concurrency,
      lasts: true,
      alarmDescription: `${thresholds.concurrency} Lambda executions ran at the same time in this account and region.`,
    },
    failedTokenRotation: {
      metric: metrics.errorsOf('rotate-admin-token'),
      threshold: thresholds.failedTokenRotation,
      alarmDescription:
        'A step of the rotation of the admin token failed. The current token stays valid.',
    },
    failedDueReport: {
      metric: metrics.errorsOf('report-due-keys'),
      threshold: thresholds.failedDueReport,
      alarmDescription: 'The daily report of keys due for rotation failed.',
    },
    laggingUsage: {
      metric: metrics.usageLag,
      threshold: Duration.seconds(thresholds.laggingUsage).toMilliseconds(),
      lasts: true,
      alarmDescription: `A usage report has waited ${thresholds.laggingUsage} seconds to be added to the totals. Limits are not affected.`,
    },
    lostUsage: {
      metric: metrics.lostUsage,
      threshold: thresholds.lostUsage,
      lasts: true,
      alarmDescription:
        'Usage reports were not added to the totals within 12 hours and were given up. They are still in the usage log.',
    },
    unreadableReports: {
      metric: metrics.unreadableReports,
      threshold: thresholds.unreadableReports,
      alarmDescription:
        'The usage log has an entry that cannot be read. It was left out of the totals.',
    },
    missingDueReport: {
      metric: metrics.dueReports,
      ...never(missingDueReport),
      alarmDescription: `No report of keys due for rotation was completed for ${missingDueReport} hours. A new stage is in this state until its first morning.`,
    },
    missingAssessment: {
      metric: metrics.assessments,
      ...never(missingAssessment),
      alarmDescription: `No daily check of all keys was completed for ${missingAssessment} hours.`,
    },
  };
  return {
    ...rules,
    ...(metrics.failedBackups && {
      failedBackup: {
        metric: metrics.failedBackups,
        threshold: thresholds.failedBackup,
        alarmDescription:
          'A daily backup failed or did not begin, or its copy to the other region failed.',
      },
    }),
    ...(noTraffic !== undefined && {
      noTraffic: {
        metric: metrics.validations,
        ...never(noTraffic / PERIOD.toMinutes()),
        alarmDescription: `No key was validated for ${noTraffic} minutes.`,
      },
    }),
  };
}

/** Returns the name of the alarm on the releases of a function. */
export function failedReleaseOf(name: ServiceFunction): string {
  return `failedRelease${pascalCase(name)}`;
}

function releaseRules(
  { failedRelease: { count, share } }: Thresholds,
  metrics: Metrics,
  released: readonly ServiceFunction[],
): Record<string, Rule> {
  return Object.fromEntries(
    released.map((name): [string, Rule] => [
      failedReleaseOf(name),
      {
        section: 'failedRelease',
        metric: metrics.failedRelease(name),
        threshold: count,
        alarmDescription: `The latest version of ${name} failed ${count} times in a minute, and in a share of ${share} of its calls.`,
      },
    ]),
  );
}

/** Returns the part of a rule that goes off when nothing happens for that many periods. */
function never(evaluationPeriods: number) {
  return {
    evaluationPeriods,
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
    lasts: true,
  } as const;
}
