import {
  ArnFormat,
  DefaultStackSynthesizer,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import {
  BackupPlan,
  BackupPlanRule,
  BackupResource,
  BackupVault,
  type IBackupVault,
} from 'aws-cdk-lib/aws-backup';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isKept, type Stage, stackName } from './stages.ts';
import type { ResourceTable } from './tables.ts';
import { tag } from './tags.ts';

type Backup = NonNullable<Stage['backup']>;

/** Daily backups of all tables of a stage, and their copies in another region. */
export class Backups extends Construct {
  private readonly vault: BackupVault;

  constructor(scope: Construct, stage: Stage, backup: Backup, tables: readonly ResourceTable[]) {
    super(scope, 'Backups');
    this.vault = createVault(this, stage);
    const deleteAfter = Duration.days(backup.days);
    const plan = new BackupPlan(this, 'Plan', {
      backupVault: this.vault,
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'Daily',
          // Before the report of due keys, and when least is written.
          scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
          deleteAfter,
          copyActions: backup.copyTo
            ? [{ destinationBackupVault: this.copyVault(stage, backup.copyTo), deleteAfter }]
            : [],
        }),
      ],
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('backup.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      reason:
        'AWS Backup documents this policy as what a backup and its copy need, and maintains it.',
    });
    plan.addSelection('Tables', {
      role,
      resources: tables.map(({ table }) => BackupResource.fromDynamoDbTable(table)),
    });
  }

  /** The jobs that failed: https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html */
  metricFailed(
    metricName: 'NumberOfBackupJobsFailed' | 'NumberOfCopyJobsFailed',
    period: Duration,
  ) {
    return new Metric({
      namespace: 'AWS/Backup',
      metricName,
      dimensionsMap: { BackupVaultName: this.vault.backupVaultName },
      statistic: 'Sum',
      period,
    });
  }

  /** Refers to the vault of {@link BackupCopies} by its name: stacks share nothing across regions. */
  private copyVault(stage: Stage, region: string): IBackupVault {
    return BackupVault.fromBackupVaultArn(
      this,
      'Copies',
      Stack.of(this).formatArn({
        service: 'backup',
        region,
        resource: 'backup-vault',
        resourceName: copyVaultName(stage),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
  }
}

/** The stack, in another region, with the vault that gets a copy of each backup. */
export class BackupCopies extends Stack {
  constructor(scope: Construct, stage: Stage, region: string) {
    super(scope, `${stackName(stage)}-backups`, {
      description: `Hokusai API keys, copies of the backups of ${stage.name}`,
      env: { account: stage.account, region },
      terminationProtection: isKept(stage),
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });
    createVault(this, stage, copyVaultName(stage));
    tag(this, stage);
  }
}

/** A vault's name has 50 characters at most, and a stage's 40. */
function copyVaultName({ name }: Stage): string {
  return `hokusai-${name}`;
}

function createVault(scope: Construct, stage: Stage, backupVaultName?: string): BackupVault {
  return new BackupVault(scope, 'Vault', {
    ...(backupVaultName !== undefined && { backupVaultName }),
    // Who wants to delete a backup of production before its end must first change this policy.
    blockRecoveryPointDeletion: isKept(stage),
    // A vault that was just created is deleted when its deployment fails: the next one makes the
    // same name.
    removalPolicy: isKept(stage) ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
}
