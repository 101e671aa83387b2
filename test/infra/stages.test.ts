import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ApiKeysStack } from '../../infra/stack.ts';
import { readStages, type Stage } from '../../infra/stages.ts';
import { functionNames } from '../../lib/routes.ts';

const settings = () => JSON.parse(readFileSync('cdk.json', 'utf8')).context.stages;

/** The settings with one of production's replaced; undefined: left out. */
function changed(name: string, value: unknown) {
  const stages = settings();
  stages.production = { ...stages.production, [name]: value };
  return JSON.parse(JSON.stringify(stages));
}

test('the stages of cdk.json can be used', () => {
  expect(readStages(settings()).map(({ name }) => name)).toEqual([
    'development',
    'test',
    'production',
  ]);
});

const throttle = { rate: 1, burst: 1 };
const memory = { service: 512, bcrypt: 1769, other: 256 };
const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1-2-3';

test.each<[string, unknown, string]>([
  ['keyEnvironments', ['live'], 'keyEnvironments.0: must be one of production, test, development'],
  [
    'keyEnvironments',
    undefined,
    'keyEnvironments: must list at least one of production, test, development',
  ],
  [
    'keyEnvironments',
    ['production', 'test'],
    'keyEnvironments: must be production, and nothing else',
  ],
  ['services', ['a,b'], 'services.0: must be letters, digits, - and _, 64 at most'],
  ['services', [], 'services: must list at least one of the services'],
  ['throttling', 5, 'throttling: must be an object with service, admin'],
  ['bcryptRounds', 9, 'bcryptRounds: must be a whole number from 10 to 13'],
  ['bcryptRounds', '12', 'bcryptRounds: must be a whole number from 10 to 13'],
  ['bcryptRounds', undefined, 'bcryptRounds: must be a whole number from 10 to 13'],
  [
    'throttling',
    { service: throttle, admin: { ...throttle, rate: 0 } },
    'throttling.admin.rate: must be a whole number from 1 to 100000',
  ],
  ['memory', { ...memory, other: 64 }, 'memory.other: must be a whole number from 128 to 10240'],
  ['memory', { ...memory, extra: 1 }, 'memory: does not know extra'],
  [
    'logRetentionDays',
    31,
    'logRetentionDays: must be a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, …',
  ],
  [
    'logRetentionDays',
    '30',
    'logRetentionDays: must be a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, …',
  ],
  ['adminTokenRotationDays', 1001, 'adminTokenRotationDays: must be a whole number from 1 to 1000'],
  ['usageAuth', 'none', 'usageAuth: must be required or open'],
  ['sourceMaps', 'yes', 'sourceMaps: must be true or false'],
  ['alarmEmail', 'ops', 'alarmEmail: must be an email address'],
  ['domain', { name: '-.example.com', certificateArn }, 'domain.name: must be a host name'],
  ['domain', { name: 'keys', certificateArn }, 'domain.name: must be a host name'],
  [
    'domain',
    { name: 'keys.example.com', certificateArn: 'arn' },
    'domain.certificateArn: must be the ARN of a certificate',
  ],
  ['alarmMail', 'ops@example.com', ': does not know alarmMail'],
])('%s %j is refused by name', (name, value, message) => {
  const path = message.startsWith(':') ? 'stages.production' : 'stages.production.';
  expect(() => readStages(changed(name, value))).toThrow(
    new Error(`cdk.json can't be used:\n  ${path}${message}`),
  );
});

test('everything that is wrong is said at once', () => {
  expect(() => readStages({ ...changed('sourceMaps', 1), staging: {}, test: undefined })).toThrow(
    /stages\.test: .*\n.*stages\.production\.sourceMaps: .*\n.*stages: does not know staging/,
  );
});

test('no other stage takes keys of production', () => {
  const stages = settings();
  stages.development.keyEnvironments.push('production');
  expect(() => readStages(stages)).toThrow(
    'stages.development.keyEnvironments: must not list production',
  );
});

/** The stack of production with other settings, over bundles that hold nothing. */
function templateWith(other: Partial<Stage>): Template {
  const bundles = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of functionNames) mkdirSync(join(bundles, name));
  const stage = { ...(readStages(settings()).at(-1) as Stage), ...other };
  const stack = new ApiKeysStack(new App(), 'stack', stage, bundles);
  const template = Template.fromStack(stack);
  rmSync(bundles, { recursive: true });
  return template;
}

test('a domain leads to the API, whose own name goes on working for those who know no other', () => {
  const template = templateWith({ domain: { name: 'keys.example.com', certificateArn } });
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'keys.example.com',
    DomainNameConfigurations: [{ CertificateArn: certificateArn, EndpointType: 'REGIONAL' }],
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

test('an address for alarms is subscribed to the topic', () => {
  const template = templateWith({ alarmEmail: 'ops@example.com' });
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
  templateWith({}).resourceCountIs('AWS::SNS::Subscription', 0);
});
