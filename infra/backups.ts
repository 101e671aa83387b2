import { ArnFormat, CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
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
import { StageStack } from './stage-stack.ts';
import { isKept, keptUnlessNew, type Stage, stackName } from './stages.ts';
import type { ResourceTable } from './tables.ts';

type Backup = NonNullable<Stage['backup']>;

/** Daily backups of all tables of a stage, and their copies in another region. */
export class Backups extends Construct {
  private readonly vault: BackupVault;
  /** The names of the vaults that a copy is from and goes to; empty if there are no copies. */
  private readonly copyVaults: readonly string[];

  constructor(scope: Construct, stage: Stage, backup: Backup, tables: readonly ResourceTable[]) {
    super(scope, 'Backups');
    this.vault = createVault(this, stage);
    this.copyVaults = backup.copyTo ? [this.vault.backupVaultName, copyVaultName(stage)] : [];
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
    const role = createRole(this, 'Role', 'ForBackup');
    // AWS Backup also deletes the backups of a kept vault with the role that made them:
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-iam.html
    role.applyRemovalPolicy(keptUnlessNew(stage));
    plan.addSelection('Tables', {
      role,
      resources: tables.map(({ table }) => BackupResource.fromDynamoDbTable(table)),
    });
  }

  /**
   * Returns the numbers of jobs that failed, or expired before they began. AWS does not say which of
   * its two vaults a copy counts for: https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
   */
  failures(period: Duration): Metric[] {
    const failed = (metricName: string, BackupVaultName: string) =>
      new Metric({
        namespace: 'AWS/Backup',
        metricName,
        dimensionsMap: { BackupVaultName },
        statistic: 'Sum',
        period,
      });
    return [
      failed('NumberOfBackupJobsFailed', this.vault.backupVaultName),
      failed('NumberOfBackupJobsExpired', this.vault.backupVaultName),
      ...this.copyVaults.map((name) => failed('NumberOfCopyJobsFailed', name)),
    ];
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

/**
 * The stack, in another region, with the vault that gets a copy of each backup, and with the role that
 * restores one: while us-east-1 is lost, nobody can create roles anywhere.
 */
export class BackupCopies extends StageStack {
  constructor(scope: Construct, stage: Stage, region: string) {
    const description = `copies of the backups of ${stage.name}`;
    super(scope, `${stackName(stage)}-backups`, stage, description, {
      account: stage.account,
      region,
    });
    createVault(this, stage, copyVaultName(stage));
    const role = createRole(this, 'RestoreRole', 'ForRestores');
    new CfnOutput(this, 'RestoreRoleArn', { value: role.roleArn });
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
    // The next deployment makes a vault of the same name.
    removalPolicy: keptUnlessNew(stage),
  });
}

/** Creates a role that AWS Backup assumes, with AWS's policy for the task. */
function createRole(scope: Construct, id: string, task: 'ForBackup' | 'ForRestores'): Role {
  const policy = `service-role/AWSBackupServiceRolePolicy${task}`;
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('backup.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(policy)],
  });
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
    reason: 'AWS Backup documents this policy as what the task needs, and maintains it.',
  });
  return role;
}
