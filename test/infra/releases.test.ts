import { beforeAll, describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { canaryOf } from '../../infra/releases.ts';
import { functionNames } from '../../lib/routes.ts';
import { templateWith as assertionsWith, stageOf } from '../support/stack-with.ts';
import {
  ofType,
  type Resource,
  referred,
  STAGES,
  synthesize,
  type Template,
} from '../support/synth.ts';

let templates: Record<string, Template>;
beforeAll(async () => {
  ({ templates } = await synthesize());
}, 120_000);

const SERVICE_FUNCTIONS = ['DebitUsage', 'RecordUsage', 'ValidateKey'];
const templateOf = (stage: string) => templates[stage] as Template;
const templateWith = (...how: Parameters<typeof assertionsWith>) =>
  assertionsWith(...how).toJSON() as Template;
const properties = (template: Template, type: string): Resource['Properties'][] =>
  ofType(template, type).map(([, { Properties }]) => Properties);
const idOf = (value: unknown) => referred(value).replace(/[0-9A-F]{8}$/, '');
const CODE_DEPLOY = /^AWS::CodeDeploy::/;
const codeDeploy = ({ Resources }: Template) =>
  Object.values(Resources).filter(({ Type }) => CODE_DEPLOY.test(Type));

/** Returns the aliases that CodeDeploy moves, each with its deployment group. */
const released = (template: Template) =>
  ofType(template, 'AWS::Lambda::Alias').flatMap(([, { UpdatePolicy, Properties }]) =>
    UpdatePolicy ? [[idOf(Properties.FunctionName), UpdatePolicy.CodeDeployLambdaAliasUpdate]] : [],
  );

describe.each(STAGES)('%s', (stage) => {
  test('has an alias of each function but the one that Secrets Manager calls', () => {
    const aliases = ofType(templateOf(stage), 'AWS::Lambda::Alias');
    const named = aliases.map(([id, { Properties }]) => {
      const { Tags, FunctionName, FunctionVersion, ...others } = Properties;
      expect(others).toEqual({ Name: 'live' });
      const version = templateOf(stage).Resources[referred(FunctionVersion)] as Resource;
      expect(version.Type).toBe('AWS::Lambda::Version');
      expect(version.Properties.FunctionName).toEqual(FunctionName);
      expect(id).toMatch(new RegExp(`^${idOf(FunctionName)}Alias`));
      const called = templateOf(stage).Resources[referred(FunctionName)] as Resource;
      return called.Properties.Description.split(' ')[0];
    });
    expect(named.sort()).toEqual(
      functionNames.filter((name) => name !== 'rotate-admin-token').sort(),
    );
  });

  test('lets API Gateway, schedules and the stream call aliases only', () => {
    const isAlias = (value: unknown) =>
      expect(templateOf(stage).Resources[referred(value)]?.Type).toBe('AWS::Lambda::Alias');
    for (const { IntegrationUri } of properties(
      templateOf(stage),
      'AWS::ApiGatewayV2::Integration',
    )) {
      isAlias(IntegrationUri);
    }
    const targets = properties(templateOf(stage), 'AWS::Events::Rule').flatMap(
      ({ Targets }) => Targets,
    );
    expect(targets).toHaveLength(2);
    for (const { Arn } of targets) isAlias(Arn);
    const mappings = properties(templateOf(stage), 'AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(1);
    for (const { FunctionName } of mappings) isAlias(FunctionName);
    for (const { FunctionName, Principal } of properties(
      templateOf(stage),
      'AWS::Lambda::Permission',
    )) {
      if (Principal === 'secretsmanager.amazonaws.com') {
        expect(idOf(FunctionName)).toBe('RotateAdminToken');
      } else {
        isAlias(FunctionName);
      }
    }
  });

  // An upgrade changes both: without an order, API Gateway could call an alias that refuses it.
  test('changes an integration only when API Gateway is permitted to call its alias', () => {
    const permissions = ofType(templateOf(stage), 'AWS::Lambda::Permission').filter(
      ([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com',
    );
    const needed = ofType(templateOf(stage), 'AWS::ApiGatewayV2::Integration').map(
      ([, { Properties, DependsOn }]) => {
        const own = permissions.filter(
          ([, permission]) =>
            referred(permission.Properties.FunctionName) === referred(Properties.IntegrationUri),
        );
        expect([...(DependsOn ?? [])].sort()).toEqual(own.map(([id]) => id).sort());
        return own.length;
      },
    );
    expect(needed.reduce((sum, count) => sum + count)).toBe(permissions.length);
  });

  test('keeps the versions that were live in production, and deletes them elsewhere', () => {
    const versions = ofType(templateOf(stage), 'AWS::Lambda::Version');
    expect(versions).toHaveLength(functionNames.length - 1);
    for (const [, { DeletionPolicy, UpdateReplacePolicy }] of versions) {
      // With Retain, a release that was rolled back could not be repeated: its version would
      // remain, and Lambda publishes no second version of the same code.
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(
        stage === 'production' ? ['RetainExceptOnCreate', 'Retain'] : ['Delete', 'Delete'],
      );
    }
  });

  test('stays far below 500 resources, the quota of a stack', () => {
    expect(Object.keys(templateOf(stage).Resources).length).toBeLessThan(300);
  });
});

test.each(['test', 'production'])('%s releases what services call with a canary', (stage) => {
  const template = templateOf(stage);
  const [[configId] = [], ...configs] = ofType(template, 'AWS::CodeDeploy::DeploymentConfig');
  expect(configs).toEqual([]);
  const [config] = properties(template, 'AWS::CodeDeploy::DeploymentConfig');
  expect(config).toEqual({
    ComputePlatform: 'Lambda',
    TrafficRoutingConfig: {
      Type: 'TimeBasedCanary',
      TimeBasedCanary: { CanaryPercentage: 10, CanaryInterval: 5 },
    },
  });
  const [[applicationId] = [], ...applications] = ofType(template, 'AWS::CodeDeploy::Application');
  expect(applications).toEqual([]);
  const groups = released(template).map(([name, { ApplicationName, DeploymentGroupName }]) => {
    expect(ApplicationName).toEqual({ Ref: applicationId });
    const group = template.Resources[referred(DeploymentGroupName)] as Resource;
    const { Tags, AlarmConfiguration, ServiceRoleArn, ...settings } = group.Properties;
    expect(settings).toEqual({
      ApplicationName: { Ref: applicationId },
      DeploymentConfigName: { Ref: configId },
      DeploymentStyle: {
        DeploymentOption: 'WITH_TRAFFIC_CONTROL',
        DeploymentType: 'BLUE_GREEN',
      },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
    });
    expect(idOf(ServiceRoleArn)).toBe('ReleasesRole');
    const { Alarms, ...configuration } = AlarmConfiguration;
    // Neither continues when the state of an alarm is unknown.
    expect(configuration).toEqual({ Enabled: true });
    return [name, Alarms.map(({ Name }: { Name: unknown }) => idOf(Name))];
  });
  expect(groups.map(([name]) => name).sort()).toEqual(SERVICE_FUNCTIONS);
  for (const [name, alarms] of groups) {
    // None of them can be raised by a caller with wrong keys or tokens.
    expect(alarms).toEqual([
      'AlarmsServerErrors',
      'AlarmsSlowValidations',
      'AlarmsThrottledDatabase',
      'AlarmsThrottledFunctions',
      'AlarmsLaggingUsage',
      'AlarmsUnreadableReports',
      `AlarmsFailedRelease${name}`,
    ]);
  }
});

test('lets CodeDeploy move the aliases of these functions, and read the state of alarms', () => {
  const [role] = properties(templateOf('production'), 'AWS::IAM::Role').filter(
    ({ AssumeRolePolicyDocument: { Statement } }) =>
      Statement[0].Principal.Service === 'codedeploy.amazonaws.com',
  );
  const { Tags, AssumeRolePolicyDocument, Policies, ...others } = role;
  expect(others).toEqual({});
  expect(Policies).toHaveLength(1);
  const [alarms, aliases, ...more] = Policies[0].PolicyDocument.Statement;
  expect(more).toEqual([]);
  expect(alarms).toEqual({
    Action: 'cloudwatch:DescribeAlarms',
    Effect: 'Allow',
    Resource: '*',
  });
  expect(aliases).toMatchObject({
    Action: ['lambda:GetAlias', 'lambda:GetProvisionedConcurrencyConfig', 'lambda:UpdateAlias'],
    Effect: 'Allow',
  });
  expect(aliases.Resource.map(idOf).sort()).toEqual(
    SERVICE_FUNCTIONS.flatMap((name) => [name, name]),
  );
});

test('an alarm on a release does not depend on the alias, which CodeDeploy moves after it', () => {
  const alarms = ofType(templateOf('production'), 'AWS::CloudWatch::Alarm').filter(([id]) =>
    id.includes('FailedRelease'),
  );
  expect(alarms).toHaveLength(SERVICE_FUNCTIONS.length);
  for (const [, alarm] of alarms) expect(JSON.stringify(alarm)).not.toContain('Aliaslive');
});

describe('all at once', () => {
  const expectNone = (template: Template) => {
    expect(codeDeploy(template)).toEqual([]);
    expect(released(template)).toEqual([]);
    expect(JSON.stringify(template)).not.toMatch(/codedeploy|FailedRelease/i);
    expect(ofType(template, 'AWS::Lambda::Alias')).toHaveLength(functionNames.length - 1);
  };

  test('development has nothing of CodeDeploy', () => {
    expectNone(templateOf('development'));
  });

  test('the context canary=off leaves it out of any stage', () => {
    expectNone(templateWith({}, { canary: 'off' }));
  });

  test('the context takes precedence over the stage, and has one value', () => {
    const canary = { percent: 10, minutes: 5 };
    const canaryWith = (context: object, setting: false | typeof canary) =>
      canaryOf(new App({ context }), { ...stageOf({ kind: 'test' }), canary: setting });
    expect(canaryWith({}, canary)).toBe(canary);
    expect(canaryWith({}, false)).toBe(false);
    expect(canaryWith({ canary: 'off' }, canary)).toBe(false);
    expect(() => canaryWith({ canary: 'no' }, canary)).toThrow('canary is "no"; it takes off');
  });
});

test('another canary changes the deployment configuration and nothing else', () => {
  const before = templateWith({});
  const after = templateWith({ canary: { percent: 25, minutes: 30 } });
  const changed = Object.keys(after.Resources).filter(
    (id) => JSON.stringify(after.Resources[id]) !== JSON.stringify(before.Resources[id]),
  );
  expect(changed.map((id) => after.Resources[id]?.Type)).toEqual([
    'AWS::CodeDeploy::DeploymentConfig',
  ]);
  expect(after.Resources[changed[0] as string]?.Properties.TrafficRoutingConfig).toEqual({
    Type: 'TimeBasedCanary',
    TimeBasedCanary: { CanaryPercentage: 25, CanaryInterval: 30 },
  });
  expect(Object.keys(before.Resources)).toEqual(Object.keys(after.Resources));
});
