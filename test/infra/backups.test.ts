import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BackupCopies } from '../../infra/backups.ts';
import { stackOf } from '../../infra/costs/deployed.ts';
import { PINNED } from '../support/project.ts';
import { faultsIn } from '../support/resource-schema.ts';
import { appWith, stageOf, templateWith } from '../support/stack-with.ts';

const backup = { days: 90, copyTo: 'eu-west-1' };
const copyArn = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':backup:eu-west-1:111122223333:backup-vault:hokusai-any'],
  ],
};

/** Returns the properties of a role that only AWS Backup may assume, for one task. */
const rolePropertiesFor = (task: string) => ({
  AssumeRolePolicyDocument: {
    Statement: [
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'backup.amazonaws.com' },
      },
    ],
  },
  ManagedPolicyArns: [
    {
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          `:iam::aws:policy/service-role/AWSBackupServiceRolePolicy${task}`,
        ],
      ],
    },
  ],
});

test('backs up every table each day and copies the backup to the other region', () => {
  const template = templateWith({ backup });
  template.hasResourceProperties('AWS::Backup::BackupPlan', {
    BackupPlan: {
      BackupPlanRule: [
        {
          RuleName: 'Daily',
          ScheduleExpression: 'cron(0 3 * * ? *)',
          Lifecycle: { DeleteAfterDays: 90 },
          CopyActions: [{ DestinationBackupVaultArn: copyArn, Lifecycle: { DeleteAfterDays: 90 } }],
        },
      ],
    },
  });
  const tables = Object.keys(template.findResources('AWS::DynamoDB::Table'));
  expect(tables).toHaveLength(4);
  const [selection] = Object.values(template.findResources('AWS::Backup::BackupSelection'));
  const selected = JSON.stringify(selection?.Properties.BackupSelection.Resources);
  for (const table of tables) expect(selected).toContain(`"${table}"`);
  template.hasResourceProperties('AWS::SecretsManager::Secret', {
    Description: 'Keys the digests of all API keys',
    ReplicaRegions: [{ Region: 'eu-west-1' }],
  });
  expect(faultsIn(template.toJSON() as never)).toEqual([]);
});

test('keeps the backups of production, and denies deleting them before their end', () => {
  const app = appWith();
  const copies = new BackupCopies(app, stageOf({ kind: 'production', ...PINNED }), 'eu-west-1');
  expect(copies).toMatchObject({
    stackName: 'hokusai-api-keys-any-backups',
    region: 'eu-west-1',
    account: '111122223333',
    terminationProtection: true,
  });
  for (const template of [templateWith({ backup }), Template.fromStack(copies)]) {
    template.hasResource('AWS::Backup::BackupVault', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        AccessPolicy: {
          Statement: [
            Match.objectLike({
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: ['backup:DeleteRecoveryPoint', 'backup:UpdateRecoveryPointLifecycle'],
            }),
          ],
        },
      },
    });
    expect(faultsIn(template.toJSON() as never)).toEqual([]);
  }
  Template.fromStack(copies).hasResourceProperties('AWS::Backup::BackupVault', {
    BackupVaultName: 'hokusai-any',
    BackupVaultTags: { service: 'hokusai-api-keys', stage: 'any' },
  });
});

test('keeps the role that deletes the backups of production at their end', () => {
  templateWith({ backup }).hasResource('AWS::IAM::Role', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: rolePropertiesFor('ForBackup'),
  });
});

test('has the role that restores a copy in the region of the copies', () => {
  const copies = new BackupCopies(
    appWith(),
    stageOf({ kind: 'production', ...PINNED }),
    'eu-west-1',
  );
  const template = Template.fromStack(copies);
  template.hasResourceProperties('AWS::IAM::Role', rolePropertiesFor('ForRestores'));
  template.hasOutput('RestoreRoleArn', {});
});

test('has no vault, no alarm and no replica without the setting', () => {
  const template = templateWith({});
  template.resourceCountIs('AWS::Backup::BackupVault', 0);
  template.resourcePropertiesCountIs(
    'AWS::SecretsManager::Secret',
    { ReplicaRegions: Match.anyValue() },
    0,
  );
  const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms.filter((id) => id.startsWith('AlarmsFailedBackup'))).toEqual([]);
});

test('raises an alarm when a backup or its copy fails', () => {
  const template = templateWith({ backup });
  const metric = (MetricName: string, vault: unknown) =>
    Match.objectLike({
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Backup',
          MetricName,
          Dimensions: [{ Name: 'BackupVaultName', Value: vault }],
        },
        Period: 3600,
        Stat: 'Sum',
      },
    });
  const own = { 'Fn::GetAtt': [Match.stringLikeRegexp('^BackupsVault'), 'BackupVaultName'] };
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: Match.stringLikeRegexp('#failedbackup$'),
    Threshold: 1,
    Metrics: [
      Match.objectLike({
        Expression: 'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0), FILL(m3, 0)])',
      }),
      metric('NumberOfBackupJobsFailed', own),
      metric('NumberOfBackupJobsExpired', own),
      metric('NumberOfCopyJobsFailed', own),
      metric('NumberOfCopyJobsFailed', 'hokusai-any'),
    ],
  });
});

test('has no finding of cdk-nag', () => {
  const app = appWith();
  stackOf(stageOf({ kind: 'production', ...PINNED, backup }), app);
  new BackupCopies(app, stageOf({ kind: 'production', ...PINNED }), 'eu-west-1');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
});

test('sends the notices of due keys to a topic of their own', () => {
  const template = templateWith({
    alarmEmail: 'ops@example.com',
    dueKeysEmail: 'owners@example.com',
  });
  const subscriptions = Object.values(template.findResources('AWS::SNS::Subscription'));
  const topics = Object.fromEntries(
    subscriptions.map(({ Properties }) => [Properties.Endpoint, Properties.TopicArn.Ref]),
  );
  expect(topics).toEqual({
    'ops@example.com': expect.stringMatching(/^ResourcesAlerts/),
    'owners@example.com': expect.stringMatching(/^ResourcesDueKeys/),
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Description: 'report-due-keys of the API keys service',
    Environment: { Variables: { DUE_KEYS_TOPIC: { Ref: topics['owners@example.com'] } } },
  });
  // Nobody is allowed to publish to it by its policy, only the function by its role.
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    Topics: [{ Ref: topics['owners@example.com'] }],
    PolicyDocument: {
      Statement: [
        Match.objectLike({
          Effect: 'Deny',
          Action: 'sns:Publish',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ],
    },
  });
  const publishers = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) =>
      Properties.PolicyDocument.Statement.filter(
        ({ Action }: { Action: unknown }) => Action === 'sns:Publish',
      ),
  );
  expect(publishers).toEqual([
    { Action: 'sns:Publish', Effect: 'Allow', Resource: { Ref: topics['owners@example.com'] } },
  ]);
});

test('links the alarms to the runbook where the operators read it', () => {
  const url = `https://wiki.example.com/${'a'.repeat(464)}/operations`;
  expect(url).toHaveLength(500);
  const alarms = templateWith({ runbookUrl: url }).findResources('AWS::CloudWatch::Alarm');
  for (const { Properties } of Object.values(alarms)) {
    expect(Properties.AlarmDescription).toMatch(new RegExp(` See ${url}#\\w+$`));
    // CloudWatch's limit.
    expect(Properties.AlarmDescription.length).toBeLessThanOrEqual(1024);
  }
});
