import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type CreateAlarmOptions,
  type MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type Metrics, PERIOD } from './metrics.ts';
import type { Stage } from './stages.ts';

type Thresholds = Stage['alarms'];

interface Rule extends Omit<CreateAlarmOptions, 'evaluationPeriods'> {
  readonly metric: Metric | MathExpression;
  readonly alarmDescription: string;
  readonly evaluationPeriods?: number;
  /** Also notifies when the alarm returns to OK. Unset for single events, which do not last. */
  readonly lasts?: true;
}

/** The alarms of a stage, all of which notify the alerts topic. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, thresholds: Thresholds, metrics: Metrics, alerts: ITopic) {
    super(scope, 'Alarms');
    const action = new SnsAction(alerts);
    this.all = Object.entries(rulesOf(thresholds, metrics)).map(
      ([name, { metric, lasts, ...rule }]) => {
        const alarm = metric.createAlarm(this, capitalized(name), {
          evaluationPeriods: 1,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
          ...rule,
        });
        alarm.addAlarmAction(action);
        if (lasts) alarm.addOkAction(action);
        return alarm;
      },
    );
  }
}

/** Returns the rules by their settings' names: a setting without a rule does not compile. */
function rulesOf(thresholds: Thresholds, metrics: Metrics): Record<string, Rule> {
  const { failedValidations, missingDueReport, noTraffic } = thresholds;
  const rules: Record<Exclude<keyof Thresholds, 'noTraffic'>, Rule> = {
    adminAuthenticationFailures: {
      metric: metrics.adminAuthenticationFailures,
      threshold: thresholds.adminAuthenticationFailures,
      alarmDescription: `${thresholds.adminAuthenticationFailures} requests to administer keys with a wrong token in 5 minutes: someone guesses it, or a script still has the old one.`,
    },
    failedValidations: {
      metric: metrics.failureSpike,
      threshold: failedValidations.count,
      alarmDescription: `${failedValidations.count} validations failed in 5 minutes, and they are ${failedValidations.share} of all or ${failedValidations.flood}: someone tries keys, or a service uses a dead one. The dashboard shows by which code and service.`,
    },
    environmentMismatches: {
      metric: metrics.environmentMismatches,
      threshold: thresholds.environmentMismatches,
      alarmDescription:
        'A key of another environment was presented here, to be validated or as a credential: it has leaked from where it belongs, or a service is configured with the wrong one or asks for the wrong environment. The logs have it by the code environment_mismatch, with valid_checksum.',
    },
    serverErrors: {
      metric: metrics.serverErrors,
      threshold: thresholds.serverErrors,
      lasts: true,
      alarmDescription: `${thresholds.serverErrors} answers were a 5xx in 5 minutes: callers take this for an outage.`,
    },
    slowValidations: {
      metric: metrics.busyLatency,
      threshold: thresholds.slowValidations,
      evaluationPeriods: 3,
      lasts: true,
      alarmDescription: `One validation in a hundred took longer than ${thresholds.slowValidations} ms, for 15 minutes.`,
    },
    throttledDatabase: {
      metric: metrics.throttles,
      threshold: thresholds.throttledDatabase,
      lasts: true,
      alarmDescription:
        'DynamoDB refused a read or a write for being too many: one key takes more than 1,000 writes a second, or traffic grew faster than the table.',
    },
    throttledCallers: {
      metric: metrics.throttledCallers,
      threshold: thresholds.throttledCallers,
      lasts: true,
      alarmDescription: `API Gateway turned away ${thresholds.throttledCallers} requests in 5 minutes by itself, with its own 429: a flood, or more traffic than the throttle of the stage admits. The access log shows by which route and from which address.`,
    },
    throttledFunctions: {
      metric: metrics.throttledFunctions,
      threshold: thresholds.throttledFunctions,
      lasts: true,
      alarmDescription:
        'Lambda had no room to validate a key, to take a usage report or to revoke a key: the concurrency of the account or the cap of the function is used up.',
    },
    concurrency: {
      metric: metrics.concurrency,
      threshold: thresholds.concurrency,
      lasts: true,
      alarmDescription: `${thresholds.concurrency} executions ran at the same time in this account and region, of whatever function: at the quota Lambda refuses the next.`,
    },
    failedTokenRotation: {
      metric: metrics.errorsOf('rotate-admin-token'),
      threshold: thresholds.failedTokenRotation,
      alarmDescription:
        'A step of rotating the admin token failed. The current token goes on working and Secrets Manager tries again: see whether the secret has changed since, and what the log of RotateAdminToken says.',
    },
    failedDueReport: {
      metric: metrics.errorsOf('report-due-keys'),
      threshold: thresholds.failedDueReport,
      alarmDescription:
        'Nobody was told which keys are due for rotation; the log of ReportDueKeys says why.',
    },
    laggingUsage: {
      metric: metrics.usageLag,
      threshold: Duration.seconds(thresholds.laggingUsage).toMilliseconds(),
      lasts: true,
      alarmDescription: `Usage reports wait more than ${thresholds.laggingUsage} seconds to be added to the totals. Statistics and bills lag behind; limits do not, and nothing is lost yet. The log of CountUsage says why.`,
    },
    lostUsage: {
      metric: metrics.lostUsage,
      threshold: thresholds.lostUsage,
      lasts: true,
      alarmDescription:
        'Usage reports could not be added to the totals for 12 hours and were given up. They are in the log: rebuild the month, then empty the queue.',
    },
    unreadableReports: {
      metric: metrics.unreadableReports,
      threshold: thresholds.unreadableReports,
      alarmDescription:
        'The log of usage has an entry that CountUsage can not read and has left out of the totals; its log says by which sequence number.',
    },
    missingDueReport: {
      metric: metrics.dueReports,
      ...never(missingDueReport),
      alarmDescription: `No report of the keys that are due for rotation ran to its end for ${missingDueReport} hours: its schedule is off, or it failed. A new stage is in this state until its first morning.`,
    },
  };
  if (noTraffic === undefined) return rules;
  return {
    ...rules,
    noTraffic: {
      metric: metrics.validations,
      ...never(noTraffic / PERIOD.toMinutes()),
      alarmDescription: `Nobody validated a key for ${noTraffic} minutes: callers can't reach the service, or something in front of it turns them away.`,
    },
  };
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

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
