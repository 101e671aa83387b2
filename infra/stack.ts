import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { VARIABLES } from '../lib/environment.ts';
import { functionNames } from '../lib/routes.ts';
import { Alarms } from './alarms.ts';
import { createAliases } from './aliases.ts';
import { Api } from './api.ts';
import { Backups } from './backups.ts';
import { createFunction, type StageFunctions } from './create-function.ts';
import { createDashboard } from './dashboard.ts';
import { serviceFunctions } from './functions.ts';
import { createMetrics } from './metrics.ts';
import { canaryOf, Releases } from './releases.ts';
import { Resources } from './resources.ts';
import { StageStack } from './stage-stack.ts';
import type { Stage } from './stages.ts';
import { UsageStream } from './usage-stream.ts';

/** One stage of the service; stages share no resources. */
export class ApiKeysStack extends StageStack {
  /** @param bundles the folder that holds the functions' bundles */
  constructor(scope: Construct, id: string, stage: Stage, bundles: string) {
    const { account, region } = stage;
    super(scope, id, stage, stage.name, { account, region });
    const resources = new Resources(this, stage);
    const functions = Object.fromEntries(
      functionNames
        .filter((name) => name !== 'docs' || stage.docs)
        .map((name) => [name, createFunction(this, name, { stage, resources, bundles })]),
    ) as StageFunctions;
    const aliases = createAliases(functions);
    const api = new Api(this, stage, aliases);
    this.rotateAdminToken(resources, functions['rotate-admin-token'], stage);
    new Rule(this, 'EveryMorning', {
      description: 'Reports the keys that are due for rotation',
      schedule: Schedule.cron({ hour: '6', minute: '0' }),
      targets: [new LambdaTarget(aliases['report-due-keys'])],
    });
    new Rule(this, 'EveryQuarterHour', {
      description: 'Begins the daily check of all keys, or continues it',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new LambdaTarget(aliases['assess-posture'])],
    });
    const usageTable = resources.tableOf(VARIABLES.usageTable);
    const { deadLetters } = new UsageStream(this, usageTable, aliases['count-usage']);
    const backups = stage.backup && new Backups(this, stage, stage.backup, resources.tables);
    const metrics = createMetrics(
      api.httpApi,
      resources.tables,
      functions,
      deadLetters,
      stage.alarms,
      backups,
    );
    const canary = canaryOf(this, stage);
    const released = canary ? serviceFunctions : [];
    const alarms = new Alarms(this, stage, metrics, resources.alerts, released);
    if (canary) new Releases(this, canary, functions, aliases, alarms);
    const dashboard = createDashboard(this, metrics, alarms, functions);

    const outputs = {
      ApiUrl: api.domainName ? `https://${api.domainName.name}` : api.httpApi.apiEndpoint,
      AdminTokenSecret: resources.adminToken.secretArn,
      NamedTokensSecret: resources.namedTokens.secretArn,
      PepperSecret: resources.pepper.secretArn,
      AlertsTopic: resources.alerts.topicArn,
      DueKeysTopic: resources.dueKeys.topicArn,
      DashboardName: dashboard.dashboardName,
      // The target for the custom domain's DNS record.
      ...(api.domainName && { DomainTarget: api.domainName.regionalDomainName }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  /**
   * Schedules the rotation with L1 constructs: `Secret.addRotationSchedule` would also allow
   * `secretsmanager:GetRandomPassword` on `*`, which the function does not use.
   */
  private rotateAdminToken({ adminToken }: Resources, rotate: LambdaFunction, stage: Stage): void {
    const permission = new CfnPermission(this, 'AdminTokenRotationPermission', {
      action: 'lambda:InvokeFunction',
      functionName: rotate.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceArn: adminToken.secretArn,
    });
    const schedule = new CfnRotationSchedule(this, 'AdminTokenRotation', {
      secretId: adminToken.secretArn,
      rotationLambdaArn: rotate.functionArn,
      // A deployment that changes the schedule would otherwise invalidate a token still in use.
      rotateImmediatelyOnUpdate: false,
      rotationRules: { automaticallyAfterDays: stage.adminTokenRotationDays },
    });
    // Secrets Manager invokes the function when the schedule is created.
    schedule.node.addDependency(permission);
  }
}
