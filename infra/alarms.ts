import { type Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmRules } from './alarm-rules.ts';
import type { ServiceFunction } from './functions.ts';
import type { Metrics } from './metrics.ts';
import type { Stage } from './stages.ts';

/** The alarms of a stage, all of which notify the alerts topic. */
export class Alarms extends Construct {
  private readonly byName: ReadonlyMap<string, Alarm>;

  /** @param released the functions whose releases are tried with a share of the calls */
  constructor(
    scope: Construct,
    { alarms: thresholds, runbookUrl = 'docs/operations.md' }: Pick<Stage, 'alarms' | 'runbookUrl'>,
    metrics: Metrics,
    alerts: ITopic,
    released: readonly ServiceFunction[],
  ) {
    super(scope, 'Alarms');
    const action = new SnsAction(alerts);
    const rules = alarmRules(thresholds, metrics, released);
    this.byName = new Map(
      Object.entries(rules).map(([setting, { metric, lasts, section = setting, ...rule }]) => {
        const name = capitalized(setting);
        const alarm = metric.createAlarm(this, name, {
          evaluationPeriods: 1,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
          ...rule,
          alarmDescription: `${rule.alarmDescription} See ${runbookUrl}#${section.toLowerCase()}`,
        });
        alarm.addAlarmAction(action);
        if (lasts) alarm.addOkAction(action);
        return [setting, alarm];
      }),
    );
  }

  get all(): Alarm[] {
    return [...this.byName.values()];
  }

  /** Returns an alarm by the name of its rule. */
  named(name: string): Alarm {
    const alarm = this.byName.get(name);
    if (!alarm) throw new Error(`no alarm ${name}`);
    return alarm;
  }
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
