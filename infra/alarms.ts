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
import type { Metrics } from './metrics.ts';

interface Rule extends Pick<CreateAlarmOptions, 'threshold' | 'alarmDescription'> {
  readonly metric: Metric | MathExpression;
  readonly evaluationPeriods?: number;
  /** A state that lasts, of which the end is news too; an event is over as soon as it has been told. */
  readonly lasts?: true;
}

/** What somebody must know of: every alarm tells the alerts topic. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, metrics: Metrics, alerts: ITopic) {
    super(scope, 'Alarms');
    const rules: Record<string, Rule> = {
      AdminAuthenticationFailures: {
        metric: metrics.adminAuthenticationFailures,
        threshold: 10,
        alarmDescription:
          'Ten requests to administer keys without the admin token in 5 minutes: someone guesses it, or a script still has the old one.',
      },
      FailedValidations: {
        metric: metrics.failureSpike,
        threshold: 300,
        alarmDescription:
          'For 5 minutes one validation a second failed, and one in twenty of all or ten a second: someone tries keys, or a service uses a dead one. The dashboard shows by which code and service.',
      },
      EnvironmentMismatches: {
        metric: metrics.environmentMismatches,
        threshold: 1,
        alarmDescription:
          'A key of another environment was presented here, to be validated or as a credential: it has leaked from where it belongs, or a service is configured with the wrong one or asks for the wrong environment. The logs have it by the code environment_mismatch.',
      },
      ServerErrors: {
        metric: metrics.serverErrors,
        threshold: 5,
        lasts: true,
        alarmDescription: 'Five answers were a 5xx in 5 minutes: callers take this for an outage.',
      },
      SlowValidations: {
        metric: metrics.busyLatency,
        threshold: Duration.seconds(1).toMilliseconds(),
        evaluationPeriods: 3,
        lasts: true,
        alarmDescription: 'One validation in a hundred took longer than a second, for 15 minutes.',
      },
      ThrottledDatabase: {
        metric: metrics.throttles,
        threshold: 1,
        lasts: true,
        alarmDescription:
          'DynamoDB refused a read or a write for being too many: one key takes more than 1,000 writes a second, or traffic grew faster than the table.',
      },
      FailedTokenRotation: {
        metric: metrics.errorsOf('rotate-admin-token'),
        threshold: 1,
        alarmDescription:
          'A step of rotating the admin token failed. The current token goes on working and Secrets Manager tries again: see whether the secret has changed since, and what the log of RotateAdminToken says.',
      },
      FailedDueReport: {
        metric: metrics.errorsOf('report-due-keys'),
        threshold: 1,
        alarmDescription:
          'Nobody was told which keys are due for rotation; the log of ReportDueKeys says why.',
      },
    };
    const action = new SnsAction(alerts);
    this.all = Object.entries(rules).map(([id, { metric, lasts, ...rule }]) => {
      const alarm = metric.createAlarm(this, id, {
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        ...rule,
      });
      alarm.addAlarmAction(action);
      if (lasts) alarm.addOkAction(action);
      return alarm;
    });
  }
}
