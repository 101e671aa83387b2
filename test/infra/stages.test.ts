import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { isKept, readStages, type Stage } from '../../infra/stages.ts';
import { functionNames, routes } from '../../lib/routes.ts';
import { PINNED } from '../support/project.ts';
import { stackWith, stageOf, templateWith } from '../support/stack-with.ts';

const settings = () => JSON.parse(readFileSync('cdk.json', 'utf8')).context.stages;

/** Returns production's settings with one replaced, or left out if undefined. */
function changed(name: string, value: unknown) {
  const production = { kind: 'production', ...PINNED, [name]: value };
  return JSON.parse(JSON.stringify({ production }));
}

test('accepts the stages of cdk.json', () => {
  expect(readStages(settings()).map(({ name }) => name)).toEqual(Object.keys(settings()));
});

test('takes any number of stages of any name, each with the defaults of its kind', () => {
  const stages = readStages({
    staging: { kind: 'test', throttling: { validation: { rate: 600 } } },
    'production-eu': { kind: 'production', ...PINNED, region: 'eu-west-1' },
    'production-us': { kind: 'production', ...PINNED, alarms: { serverErrors: 7 } },
  });
  expect(
    stages.map(({ name, keyEnvironments, throttling, alarms, region }) => [
      name,
      keyEnvironments,
      throttling.validation,
      alarms.serverErrors,
      alarms.concurrency,
      region,
    ]),
  ).toEqual([
    ['staging', ['test'], { rate: 600, burst: 1000 }, 5, 800, undefined],
    ['production-eu', ['production'], { rate: 2000, burst: 2000 }, 5, 450, 'eu-west-1'],
    ['production-us', ['production'], { rate: 2000, burst: 2000 }, 7, 450, 'us-east-1'],
  ]);
  expect(stages.map(isKept)).toEqual([false, true, true]);
});

test.each<[string, unknown, string]>([
  ['no stages', {}, 'stages: must have a stage'],
  ['no object', [], 'stages: must be an object with the settings of each stage by its name'],
  [
    'a capital letter',
    { Live: { kind: 'test' } },
    'stages.Live: its name must be a letter and up to 39 of a-z, 0-9 and -, without pipeline-… and …-backups',
  ],
  [
    'the name of another stack',
    { 'live-backups': { kind: 'test' } },
    'stages.live-backups: its name must be a letter and up to 39 of a-z, 0-9 and -, without pipeline-… and …-backups',
  ],
  [
    'a list instead of settings',
    { live: [] },
    'stages.live: must be an object with the settings of the stage',
  ],
  ['no settings', { live: 1 }, 'stages.live: must be an object with the settings of the stage'],
  ['no kind', { live: {} }, 'stages.live.kind: must be one of development, test, production'],
  [
    'an unknown kind',
    { live: { kind: 'live' } },
    'stages.live.kind: must be one of development, test, production',
  ],
  [
    'an account without a region',
    { dev: { kind: 'development', account: '111122223333' } },
    'stages.dev.account: and region must be set both, or neither',
  ],
  [
    "a copy to the stage's own region",
    { dev: { kind: 'development', ...PINNED, backup: { copyTo: 'us-east-1' } } },
    "stages.dev.backup.copyTo: must be another region than the stage's, which account and region must set",
  ],
  [
    'a copy from an unknown region',
    { dev: { kind: 'development', backup: { copyTo: 'us-east-1' } } },
    "stages.dev.backup.copyTo: must be another region than the stage's, which account and region must set",
  ],
])('rejects %s', (_, stages, message) => {
  expect(() => readStages(stages)).toThrow(new Error(`cdk.json is invalid:\n  ${message}`));
});

const throttle = { rate: 1, burst: 1 };
const { alarms } = stageOf({ kind: 'production', ...PINNED });
const ALARMS = [...Object.keys(alarms), 'noTraffic'];
const CANARY = 'must be false or {"percent": 1 to 99, "minutes": 1 to 2880}';
const COUNT = 'must be a whole number from 1 to 1000000000';
const memory = { service: 512, bcrypt: 1769, other: 256 };
const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1-2-3';

test.each<[string, unknown, string]>([
  ['keyEnvironments', ['live'], 'keyEnvironments.0: must be one of production, test, development'],
  [
    'keyEnvironments',
    [],
    'keyEnvironments: must list at least one of production, test, development',
  ],
  [
    'keyEnvironments',
    ['production', 'test'],
    'keyEnvironments: must be production, and nothing else',
  ],
  ['services', ['a,b'], 'services.0: must be letters, digits, - and _, 64 at most'],
  ['services', [], 'services: must list at least one of the services'],
  ['throttling', 5, 'throttling: must be an object with validation, usage, admin'],
  ['leaseMilliseconds', -1, 'leaseMilliseconds: must be a whole number from 0 to 2000'],
  ['leaseMilliseconds', 2001, 'leaseMilliseconds: must be a whole number from 0 to 2000'],
  ['bcryptRounds', 9, 'bcryptRounds: must be a whole number from 10 to 13'],
  ['bcryptRounds', '12', 'bcryptRounds: must be a whole number from 10 to 13'],
  [
    'throttling',
    { validation: throttle, usage: throttle, admin: { ...throttle, rate: 0 } },
    'throttling.admin.rate: must be a whole number from 1 to 100000',
  ],
  ['memory', { ...memory, other: 64 }, 'memory.other: must be a whole number from 128 to 10240'],
  ['memory', { ...memory, extra: 1 }, 'memory: has no setting extra'],
  [
    'logRetentionDays',
    31,
    'logRetentionDays: must be a number of days that CloudWatch Logs supports: 1, 3, 5, 7, 14, 30, 60, 90, …',
  ],
  [
    'logRetentionDays',
    '30',
    'logRetentionDays: must be a number of days that CloudWatch Logs supports: 1, 3, 5, 7, 14, 30, 60, 90, …',
  ],
  ['adminTokenRotationDays', 1001, 'adminTokenRotationDays: must be a whole number from 1 to 1000'],
  ['usageAuth', 'none', 'usageAuth: must be required or open'],
  ['usageAuth', 'open', 'usageAddresses: is required when usageAuth is open'],
  ['usageAddresses', [], 'usageAddresses: must list at least one of the addresses and CIDR ranges'],
  [
    'usageAddresses',
    ['10.0.0.0/8', '10.1'],
    'usageAddresses.1: must be an IPv4 or IPv6 address or CIDR range',
  ],
  ['concurrency', 5, 'concurrency: must be an object with revoke, usage'],
  [
    'concurrency',
    { revoke: -1, usage: 0 },
    'concurrency.revoke: must be a whole number from 0 to 10000',
  ],
  ['alarms', [], `alarms: must be an object with ${ALARMS.join(', ')}`],
  ['alarms', { serverErrors: '5' }, `alarms.serverErrors: ${COUNT}`],
  ['alarms', { ...alarms, throttledCallers: 0 }, `alarms.throttledCallers: ${COUNT}`],
  ['alarms', { ...alarms, serverError: 5 }, 'alarms: has no setting serverError'],
  [
    'alarms',
    { ...alarms, failedValidations: 300 },
    'alarms.failedValidations: must be an object with count, share, flood',
  ],
  [
    'alarms',
    { ...alarms, failedValidations: { ...alarms.failedValidations, share: 5 } },
    'alarms.failedValidations.share: must be more than 0 and at most 1',
  ],
  [
    'alarms',
    { ...alarms, failedValidations: { ...alarms.failedValidations, share: 0 } },
    'alarms.failedValidations.share: must be more than 0 and at most 1',
  ],
  [
    'alarms',
    { ...alarms, slowValidations: '1s' },
    'alarms.slowValidations: must be a whole number from 1 to 60000',
  ],
  [
    'alarms',
    { ...alarms, missingDueReport: 24 },
    'alarms.missingDueReport: must be a whole number from 25 to 168',
  ],
  ...[0, 7, 1445, '60'].map((noTraffic): [string, unknown, string] => [
    'alarms',
    { ...alarms, noTraffic },
    'alarms.noTraffic: must be a multiple of 5 from 5 to 1440',
  ]),
  ['sourceMaps', 'yes', 'sourceMaps: must be true or false'],
  ['docs', null, 'docs: must be true or false'],
  ['alarmEmail', 'ops', 'alarmEmail: must be an email address'],
  ['dueKeysEmail', '', 'dueKeysEmail: must be an email address'],
  ...['http://wiki.example.com', 'https://wiki.example.com/#a', `https://${'a'.repeat(493)}`].map(
    (url): [string, unknown, string] => [
      'runbookUrl',
      url,
      'runbookUrl: must be an https URL of up to 500 characters, without #',
    ],
  ),
  ['account', undefined, 'account: must be the 12 digits of an account id, in quotes'],
  ['account', 111122223333, 'account: must be the 12 digits of an account id, in quotes'],
  ['region', 'Ohio', 'region: must be a region, such as "us-east-1"'],
  ['canary', true, `canary: ${CANARY}`],
  ['canary', { percent: 10 }, `canary: ${CANARY}`],
  ['canary', { percent: 100, minutes: 5 }, 'canary.percent: must be a whole number from 1 to 99'],
  ['backup', { days: 0 }, 'backup.days: must be a whole number from 1 to 3650'],
  ['costCenter', 'a"b', 'costCenter: must be up to 256 of A-Z, a-z, 0-9, space and _.:/=+-@'],
  ['domain', { name: '-.example.com', certificateArn }, 'domain.name: must be a host name'],
  ['domain', { name: 'keys', certificateArn }, 'domain.name: must be a host name'],
  [
    'domain',
    { name: 'keys.example.com', certificateArn: 'arn' },
    'domain.certificateArn: must be the ARN of a certificate',
  ],
  ['alarmMail', 'ops@example.com', ': has no setting alarmMail'],
])('rejects %s %j and names the setting', (name, value, message) => {
  const path = message.startsWith(':') ? 'stages.production' : 'stages.production.';
  expect(() => readStages(changed(name, value))).toThrow(
    new Error(`cdk.json is invalid:\n  ${path}${message}`),
  );
});

test('names every invalid setting in one message', () => {
  expect(() => readStages({ ...changed('sourceMaps', 1), staging: {} })).toThrow(
    /stages\.production\.sourceMaps: .*\n.*stages\.staging\.kind: /,
  );
});

test('rejects keys of production in another stage', () => {
  const dev = { kind: 'development', keyEnvironments: ['development', 'production'] };
  expect(() => readStages({ dev })).toThrow('stages.dev.keyEnvironments: must not list production');
});

test('leaves out the indexes that the context names, for a deployment of one after the other', () => {
  const context = { withoutIndexes: 'listing,by_prefix' };
  templateWith({}, context).hasResourceProperties('AWS::DynamoDB::Table', {
    GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'by_user' })],
  });
});

test('rejects the name of an index that does not exist', () => {
  expect(() => stackWith({}, { withoutIndexes: 'listing,by_usr' })).toThrow(
    'withoutIndexes lists "by_usr"; it takes listing, by_user, by_prefix, by_day',
  );
});

test('maps a domain to the API, whose own name keeps working', () => {
  const template = templateWith({ domain: { name: 'keys.example.com', certificateArn } });
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'keys.example.com',
    DomainNameConfigurations: [
      { CertificateArn: certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
    ],
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
    DomainName: { Ref: Match.stringLikeRegexp('Domain') },
    Stage: '$default',
  });
  expect(template.findOutputs('*')).toMatchObject({
    ApiUrl: { Value: { 'Fn::Join': ['', ['https://', expect.anything()]] } },
    DomainTarget: { Value: { 'Fn::GetAtt': [expect.any(String), 'RegionalDomainName'] } },
  });
});

test('subscribes the address for alarms to the topic', () => {
  const template = templateWith({ alarmEmail: 'ops@example.com' });
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
  templateWith({}).resourceCountIs('AWS::SNS::Subscription', 0);
});

test('creates an alarm for missing traffic only where the stage says so', () => {
  const template = templateWith({ alarms: { ...alarms, noTraffic: 30 } });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ComparisonOperator: 'LessThanThreshold',
    EvaluationPeriods: 6,
    Threshold: 1,
    TreatMissingData: 'breaching',
    Metrics: [
      { Expression: 'FILL(m0, 0)', ReturnData: true },
      {
        MetricStat: {
          Metric: { MetricName: 'ValidationLatency' },
          Period: 300,
          Stat: 'SampleCount',
        },
      },
    ],
    OKActions: [{ Ref: Match.anyValue() }],
  });
  const count = (of: Template) => Object.keys(of.findResources('AWS::CloudWatch::Alarm')).length;
  expect(count(template)).toBe(count(templateWith({})) + 1);
});

test('takes every threshold of an alarm from the settings of the stage', () => {
  const numbers = {
    adminAuthenticationFailures: 11,
    failedValidations: { count: 12, share: 0.13, flood: 14 },
    environmentMismatches: 15,
    failedRelease: { count: 27, share: 0.28 },
    serverErrors: 16,
    slowValidations: 17,
    throttledDatabase: 18,
    throttledCallers: 19,
    throttledFunctions: 20,
    concurrency: 21,
    failedTokenRotation: 22,
    failedDueReport: 23,
    laggingUsage: 24,
    lostUsage: 25,
    failedBackup: 27,
    unreadableReports: 26,
    missingDueReport: 30,
    missingAssessment: 31,
  };
  const found = templateWith({ alarms: numbers }).findResources('AWS::CloudWatch::Alarm');
  const conditions = Object.entries(found).map(([id, { Properties }]) => [
    id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
    [Properties.Threshold, Properties.EvaluationPeriods],
  ]);
  expect(Object.fromEntries(conditions)).toEqual({
    AdminAuthenticationFailures: [11, 1],
    FailedValidations: [12, 1],
    EnvironmentMismatches: [15, 1],
    FailedReleaseDebitUsage: [27, 1],
    FailedReleaseRecordUsage: [27, 1],
    FailedReleaseValidateKey: [27, 1],
    ServerErrors: [16, 1],
    SlowValidations: [17, 3],
    ThrottledDatabase: [18, 1],
    ThrottledCallers: [19, 1],
    ThrottledFunctions: [20, 1],
    Concurrency: [21, 1],
    FailedTokenRotation: [22, 1],
    FailedDueReport: [23, 1],
    LaggingUsage: [24_000, 1],
    LostUsage: [25, 1],
    UnreadableReports: [26, 1],
    MissingDueReport: [1, 30],
    MissingAssessment: [1, 31],
  });
  expect(JSON.stringify(found)).toContain(
    'IF(failed >= 0.13 * (failed + FILL(valid, 0)) || failed >= 14, failed, 0)',
  );
  expect(JSON.stringify(found)).toContain('>= 0.28 * calls');
});

test('passes the addresses that usage is open to to the functions that take reports', () => {
  const open = { usageAuth: 'open', usageAddresses: ['10.0.0.0/8', '2001:db8::/32'] } as const;
  const variables = { USAGE_AUTH: 'open', USAGE_ADDRESSES: '10.0.0.0/8,2001:db8::/32' };
  const functions = templateWith({
    ...open,
    usageAddresses: [...open.usageAddresses],
  }).findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: variables } },
  });
  expect(Object.values(functions).map(({ Properties }) => Properties.Description)).toEqual([
    'record-usage of the API keys service',
    'debit-usage of the API keys service',
  ]);
});

test('has neither the function nor the routes of the API reference where it is switched off', () => {
  const template = templateWith({ docs: false });
  const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties }) => Properties.RouteKey,
  );
  const others = routes.filter((route) => route.function !== 'docs');
  expect(keys).toEqual(
    others.map(({ method, path }) => (path === '$default' ? path : `${method} ${path}`)),
  );
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  expect(functions).toHaveLength(functionNames.length - 1);
  expect(JSON.stringify(functions)).not.toContain('DOCS_FOLDER');
});

test('reserves no concurrency for a setting of 0', () => {
  const reserved = (concurrency: Stage['concurrency']) =>
    Object.values(templateWith({ concurrency }).findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties.ReservedConcurrentExecutions)
      .filter((executions) => executions !== undefined);
  expect(reserved({ revoke: 0, usage: 0 })).toEqual([]);
  expect(reserved({ revoke: 3, usage: 0 })).toEqual([3]);
  expect(reserved({ revoke: 0, usage: 7 })).toEqual([7, 7]);
});

test('tags resources with the cost center of the stage', () => {
  templateWith({ costCenter: 'platform 42' }).hasResourceProperties('AWS::DynamoDB::Table', {
    Tags: Match.arrayWith([{ Key: 'cost-center', Value: 'platform 42' }]),
  });
});

test('warns of a stage without an address for alarms only', () => {
  const ID = 'hokusai-api-keys:noAlarmEmail';
  const warnings = (other: Partial<Stage>) =>
    Annotations.fromStack(stackWith(other))
      .findWarning('*', Match.stringLikeRegexp(ID))
      .map(({ id }) => id);
  expect(warnings({})).toEqual(['/stack/Resources/Alerts']);
  expect(warnings({ alarmEmail: 'ops@example.com' })).toEqual([]);
});
