import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
  TrafficRouting,
} from 'aws-cdk-lib/aws-codedeploy';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { failedReleaseOf } from './alarm-rules.ts';
import type { Alarms } from './alarms.ts';
import type { StageAliases } from './aliases.ts';
import { pascalCase, type StageFunctions } from './create-function.ts';
import { serviceFunctions } from './functions.ts';
import type { Stage } from './stages.ts';

type Canary = Exclude<Stage['canary'], false>;

/**
 * The alarms that roll back the release of every function: those that a release can raise and a
 * stranger can't. With alarms on wrong keys, wrong tokens or floods, an attacker or the conformance
 * kit could keep every release out. Also left out are those that go off hours after their cause
 * (lostUsage, missing…), on a quiet night (noTraffic), or for other services (concurrency).
 */
const GUARDS = [
  'serverErrors',
  'slowValidations',
  'throttledDatabase',
  'throttledFunctions',
  'laggingUsage',
  'unreadableReports',
] as const satisfies (keyof Stage['alarms'])[];

/** Returns the canary of a stage; `-c canary=off` switches it off for one deployment. */
export function canaryOf(scope: Construct, { canary }: Stage): Canary | false {
  const context: unknown = scope.node.tryGetContext('canary');
  if (context === undefined) return canary;
  if (context === 'off' || context === 'false') return false;
  throw new Error(`canary is "${context}"; it takes off`);
}

/**
 * Releases the functions that services call by CodeDeploy: a new version gets a share of the calls
 * for some minutes, then all. The others have too few calls for a share of them to show a fault.
 */
export class Releases extends Construct {
  constructor(
    scope: Construct,
    { percent, minutes }: Canary,
    functions: StageFunctions,
    aliases: StageAliases,
    alarms: Alarms,
  ) {
    super(scope, 'Releases');
    const application = new LambdaApplication(this, 'Application');
    const deploymentConfig = new LambdaDeploymentConfig(this, 'Canary', {
      trafficRouting: TrafficRouting.timeBasedCanary({
        percentage: percent,
        interval: Duration.minutes(minutes),
      }),
    });
    const role = this.createRole(functions);
    const guards = GUARDS.map((name) => alarms.named(name));
    for (const name of serviceFunctions) {
      new LambdaDeploymentGroup(this, pascalCase(name), {
        application,
        deploymentConfig,
        // Mutable, it would get the managed policy, whose actions are on all functions.
        role: role.withoutPolicyUpdates(),
        alias: aliases[name],
        alarms: [...guards, alarms.named(failedReleaseOf(name))],
        // A stopped deployment would leave both versions live, and the next one would fail.
        autoRollback: { stoppedDeployment: true },
      });
    }
  }

  /** Creates CodeDeploy's role: the actions of AWSCodeDeployRoleForLambdaLimited that it needs. */
  private createRole(functions: StageFunctions): Role {
    const arns = serviceFunctions.map((name) => functions[name].functionArn);
    const statements = [
      new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
      new PolicyStatement({
        actions: [
          'lambda:GetAlias',
          'lambda:UpdateAlias',
          'lambda:GetProvisionedConcurrencyConfig',
        ],
        // The second ARN of each is that of its versions and its alias.
        resources: arns.flatMap((arn) => [arn, `${arn}:*`]),
      }),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      // A policy of its own could be created after the first deployment has begun.
      inlinePolicies: { Releases: new PolicyDocument({ statements }) },
    });
    const wildcards = serviceFunctions.map((name) => {
      const id = Stack.of(this).getLogicalId(functions[name].node.defaultChild as CfnFunction);
      return `<${id}.Arn>:*`;
    });
    Validations.of(role).acknowledge(
      ...['*', ...wildcards].map((resource) => ({
        id: `AwsSolutions-IAM5[Resource::${resource}]`,
        reason: 'CodeDeploy reads the state of alarms, and all versions of the functions.',
      })),
    );
    return role;
  }
}
