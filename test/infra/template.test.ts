import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { functionNames, routes } from '../../lib/routes.ts';
import { classifiedFields } from '../support/data-table.ts';
import {
  ofType,
  type Resource,
  referred,
  STAGES,
  type Synthesis,
  synthesize,
  type Template,
} from '../support/synth.ts';

let synthesis: Synthesis;
beforeAll(async () => {
  synthesis = await synthesize();
}, 120_000);

const templateOf = (stage: string): Template => synthesis.templates[stage] as Template;
/** Returns the properties of a type's resources, without the tags, which all of them have. */
const properties = (stage: string, type: string) =>
  ofType(templateOf(stage), type).map(
    ([
      ,
      {
        Properties: { Tags, ...properties },
      },
    ]) => properties,
  );
const manifestOf = (stage: string) =>
  JSON.parse(readFileSync(join(synthesis.folder, 'manifest.json'), 'utf8')).artifacts[
    `hokusai-api-keys-${stage}`
  ];
const get = (stage: string, id: string) => templateOf(stage).Resources[id] as Resource;

/** Returns the logical id of a function that is named directly or by its alias. */
function functionOf(stage: string, value: unknown): string {
  const { Type, Properties } = get(stage, referred(value));
  return referred(Type === 'AWS::Lambda::Alias' ? Properties.FunctionName : value);
}

/** Returns the widgets of the dashboard. */
function widgetsOf(stage: string): Resource['Properties'][] {
  const [{ DashboardBody }] = properties(stage, 'AWS::CloudWatch::Dashboard') as [
    Resource['Properties'],
  ];
  const text = DashboardBody['Fn::Join'][1].map((part: unknown) =>
    typeof part === 'string' ? part : referred(part),
  );
  return JSON.parse(text.join('')).widgets;
}

/** The metrics and thresholds of the alarms; the period is 5 minutes if none is given. */
const ALARMS: Record<string, string[]> = {
  AdminAuthenticationFailures: ['StackName AdminAuthenticationFailures Sum', '>= 10'],
  EnvironmentMismatches: ['StackName EnvironmentMismatches Sum', '>= 1'],
  FailedValidations: [
    'IF(failed >= 0.05 * (failed + FILL(valid, 0)) || failed >= 3000, failed, 0)',
    'failed: StackName FailedValidations Sum',
    'valid: StackName ValidationLatency SampleCount of valid',
    '>= 300',
  ],
  ThrottledCallers: [
    'IF(gateway > FILL(ours, 0), gateway - FILL(ours, 0), 0)',
    'gateway: AWS/ApiGateway 4xx Sum of ApiHttpApi',
    'ours: StackName ClientErrors Sum',
    '>= 300',
  ],
  ThrottledFunctions: [
    'SUM([FILL(m0, 0), FILL(m1, 0), FILL(m2, 0), FILL(m3, 0)])',
    'm0: AWS/Lambda Throttles Sum of ValidateKey',
    'm1: AWS/Lambda Throttles Sum of RecordUsage',
    'm2: AWS/Lambda Throttles Sum of DebitUsage',
    'm3: AWS/Lambda Throttles Sum of RevokeKey',
    '>= 1',
  ],
  ServerErrors: ['AWS/ApiGateway 5xx Sum of ApiHttpApi', '>= 5'],
  SlowValidations: [
    'IF(calls >= 100, p99, 0)',
    'calls: StackName ValidationLatency SampleCount',
    'p99: StackName ValidationLatency p99',
    '>= 1000, 3 times',
  ],
  ThrottledDatabase: [
    `SUM([${[...Array(10).keys()].map((i) => `FILL(m${i}, 0)`).join(', ')}])`,
    'm0: AWS/DynamoDB ReadThrottleEvents Sum of ResourcesKeysTable',
    'm1: AWS/DynamoDB ReadThrottleEvents Sum of listing, ResourcesKeysTable',
    'm2: AWS/DynamoDB WriteThrottleEvents Sum of ResourcesKeysTable',
    'm3: AWS/DynamoDB WriteThrottleEvents Sum of listing, ResourcesKeysTable',
    'm4: AWS/DynamoDB ReadThrottleEvents Sum of ResourcesUsageTable',
    'm5: AWS/DynamoDB WriteThrottleEvents Sum of ResourcesUsageTable',
    'm6: AWS/DynamoDB ReadThrottleEvents Sum of ResourcesAuditTable',
    'm7: AWS/DynamoDB WriteThrottleEvents Sum of ResourcesAuditTable',
    'm8: AWS/DynamoDB ReadThrottleEvents Sum of ResourcesSecurityTable',
    'm9: AWS/DynamoDB WriteThrottleEvents Sum of ResourcesSecurityTable',
    '>= 1',
  ],
  FailedTokenRotation: ['AWS/Lambda Errors Sum of RotateAdminToken', '>= 1'],
  LaggingUsage: ['AWS/Lambda IteratorAge Maximum of CountUsage', '>= 60000'],
  LostUsage: [
    'AWS/SQS ApproximateNumberOfMessagesVisible Maximum of UsageStreamDeadLetters',
    '>= 1',
  ],
  UnreadableReports: ['StackName UnreadableReports Sum', '>= 1'],
  FailedDueReport: ['AWS/Lambda Errors Sum of ReportDueKeys', '>= 1'],
  MissingDueReport: [
    'FILL(m0, 0)',
    'm0: StackName KeysDueForRotation SampleCount',
    '< 1, 26 times, by 3600 s, missing is breaching',
  ],
  MissingAssessment: [
    'FILL(m0, 0)',
    'm0: StackName KeysAssessed SampleCount',
    '< 1, 26 times, by 3600 s, missing is breaching',
  ],
};

const FAILED_RELEASE = Object.fromEntries(
  ['ValidateKey', 'RecordUsage', 'DebitUsage'].map((name) => [
    `FailedRelease${name}`,
    [
      'IF(FILL(crashed, 0) + FILL(answered, 0) >= 0.01 * calls, FILL(crashed, 0) + FILL(answered, 0), 0)',
      `crashed: AWS/Lambda Errors Sum of ${name}CurrentVersion, ${name}, ${name}`,
      `answered: StackName ServerErrors Sum of ${name}, ${name}CurrentVersion`,
      `calls: AWS/Lambda Invocations Sum of ${name}CurrentVersion, ${name}, ${name}`,
      '>= 3, by 60 s',
    ],
  ]),
);

/** Returns a logical id without the hash that CDK appends. */
const idOf = (value: unknown) => referred(value).replace(/[0-9A-F]{8}([0-9a-f]{32})?$/, '');
const textOf = (value: unknown) => (typeof value === 'string' ? value : idOf(value));

const OPERATORS: Record<string, string> = {
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
};

/** Describes an alarm in the notation of {@link ALARMS}. */
function watched({ Properties: alarm }: Resource): string[] {
  const metric = ({ Namespace, MetricName, Dimensions }: Resource['Properties'], stat: string) => {
    const of = Dimensions?.map(({ Value }: { Value: unknown }) => textOf(Value)).join(', ');
    return `${textOf(Namespace)} ${MetricName} ${stat}${of ? ` of ${of}` : ''}`;
  };
  const parts: Resource['Properties'][] = alarm.Metrics ?? [];
  const stats = [alarm, ...parts.map(({ MetricStat }) => MetricStat ?? {})];
  const periods = [...new Set(stats.map(({ Period }) => Period).filter(Boolean))];
  expect(periods).toHaveLength(1);
  expect(parts.filter(({ MetricStat }) => MetricStat).length).toBeLessThanOrEqual(10);
  const condition = [
    `${OPERATORS[alarm.ComparisonOperator]} ${alarm.Threshold}`,
    ...(alarm.EvaluationPeriods > 1 ? [`${alarm.EvaluationPeriods} times`] : []),
    ...(periods[0] === 300 ? [] : [`by ${periods[0]} s`]),
    ...(alarm.TreatMissingData === 'notBreaching' ? [] : [`missing is ${alarm.TreatMissingData}`]),
  ];
  return [
    ...(alarm.Metrics ? [] : [metric(alarm, alarm.Statistic)]),
    ...parts.map(({ Id, Expression, MetricStat }) =>
      Expression ? Expression : `${Id}: ${metric(MetricStat.Metric, MetricStat.Stat)}`,
    ),
    condition.join(', '),
  ];
}

const MEMORY: Record<string, number> = {
  'create-key': 1769,
  'rotate-key': 1769,
  'validate-key': 512,
  'explain-key': 512,
  'record-usage': 512,
  'debit-usage': 512,
  'list-keys': 512,
  'count-usage': 512,
  'assess-posture': 1769,
};

const THROTTLES = {
  development: { validation: [100, 200], usage: [50, 100] },
  test: { validation: [500, 1000], usage: [250, 500] },
  production: { validation: [2000, 2000], usage: [1000, 1000] },
};

const CONCURRENCY = {
  development: {},
  test: {},
  production: { 'revoke-key': 5, 'record-usage': 200, 'debit-usage': 200 },
};

test('synthesizes three stacks without credentials, and warns that their alarms reach nobody', () => {
  expect(synthesis.output.match(/.*(warn|error).*/gi)).toEqual(
    STAGES.map(
      (stage) =>
        `WARNING The stage ${stage} has no alarmEmail in cdk.json: its alarms reach nobody until someone subscribes to this topic. (Annotation)`,
    ),
  );
  expect(synthesis.output).toContain('Successfully synthesized');
});

test("publishes a stage's own template and bundles, and no other stage's", () => {
  for (const stage of STAGES) {
    const file = join(synthesis.folder, `hokusai-api-keys-${stage}.assets.json`);
    const { files } = JSON.parse(readFileSync(file, 'utf8'));
    const published = Object.values<{ source: { path: string } }>(files).map(
      ({ source }) => source.path,
    );
    const bundles = properties(stage, 'AWS::Lambda::Function').map(
      ({ Code }) => `asset.${Code.S3Key.replace('.zip', '')}`,
    );
    expect(published.sort()).toEqual(
      [...bundles, `hokusai-api-keys-${stage}.template.json`].sort(),
    );
    const mapped = bundles.filter((bundle) => {
      const code = join(synthesis.folder, bundle, 'index.mjs');
      const hasLink = readFileSync(code, 'utf8').endsWith('# sourceMappingURL=index.mjs.map\n');
      expect(existsSync(`${code}.map`)).toBe(hasLink);
      return hasLink;
    });
    expect(mapped).toEqual(stage === 'development' ? bundles : []);
  }
});

test('shares no name, export or import between two stages', () => {
  for (const stage of STAGES) {
    const text = JSON.stringify(templateOf(stage));
    expect(text).not.toMatch(/Fn::ImportValue|"Export"|AWS::SSM|\{\{resolve:/);
    const named =
      /"(TableName|FunctionName|RoleName|TopicName|LogGroupName|AlarmName|DashboardName)":"/;
    expect(text).not.toMatch(named);
    expect(properties(stage, 'AWS::SecretsManager::Secret').map(({ Name }) => Name)).toEqual([
      undefined,
      undefined,
    ]);
  }
});

test('pins production to an account and a region, and other stages to none', () => {
  for (const stage of STAGES) {
    const { environment } = manifestOf(stage);
    expect(environment).toBe(
      stage === 'production'
        ? 'aws://111122223333/us-east-1'
        : 'aws://unknown-account/unknown-region',
    );
    const text = JSON.stringify(templateOf(stage));
    const pinned = /\b\d{12}\b|\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/.test(text);
    expect(pinned).toBe(stage === 'production');
    expect(templateOf(stage)).not.toHaveProperty('Parameters');
  }
});

test('tags every resource whose type has tags with its service and stage', () => {
  const untagged = new Set<string>();
  for (const stage of STAGES) {
    for (const { Type, Properties } of Object.values(templateOf(stage).Resources)) {
      const { Tags = [] } = Properties;
      // Most types have a list of tags, some an object.
      const tags = Array.isArray(Tags)
        ? Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
        : Tags;
      if (Object.keys(tags).length === 0) untagged.add(Type);
      else expect(tags).toEqual({ service: 'hokusai-api-keys', stage });
    }
  }
  expect([...untagged].sort()).toEqual([
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::CodeDeploy::DeploymentConfig',
    'AWS::IAM::Policy',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Permission',
    'AWS::Lambda::Version',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::QueuePolicy',
    'AWS::SecretsManager::RotationSchedule',
  ]);
});

test('SECURITY.md classifies the fields of the access log and the secrets', () => {
  const [{ AccessLogSettings }] = properties('production', 'AWS::ApiGatewayV2::Stage') as [
    Resource['Properties'],
  ];
  const fields = Object.keys(JSON.parse(AccessLogSettings.Format));
  expect(classifiedFields('Access log')).toEqual(fields.sort());
  const secrets = ofType(templateOf('production'), 'AWS::SecretsManager::Secret');
  const names = secrets.map(([id]) => id.replace(/^Resources|[0-9A-F]{8}$/g, ''));
  expect(classifiedFields('Secrets')).toEqual(names.sort());
});

describe.each(STAGES)('%s', (stage) => {
  const kept = stage === 'production';

  test('connects every route to its function, with one integration and one role', () => {
    const made = properties(stage, 'AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => {
      const integration = get(stage, referred(Target)).Properties;
      expect(integration).toMatchObject({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
      });
      const called = functionOf(stage, integration.IntegrationUri);
      const { Description, Role } = get(stage, called).Properties;
      return { RouteKey, called, name: Description.split(' ')[0], role: referred(Role) };
    });
    expect(Object.fromEntries(made.map(({ RouteKey, name }) => [RouteKey, name]))).toEqual(
      Object.fromEntries(
        routes.map((route) => [
          route.path === '$default' ? '$default' : `${route.method} ${route.path}`,
          route.function,
        ]),
      ),
    );
    const routed = new Set(routes.map((route) => route.function));
    for (const part of ['called', 'role'] as const) {
      expect(new Set(made.map((route) => route[part])).size).toBe(routed.size);
    }
    expect(properties(stage, 'AWS::Lambda::Function')).toHaveLength(functionNames.length);
    // CodeDeploy has one too.
    const others = stage === 'development' ? 0 : 1;
    expect(properties(stage, 'AWS::IAM::Role')).toHaveLength(functionNames.length + others);
    expect(properties(stage, 'AWS::ApiGatewayV2::Integration')).toHaveLength(routed.size);
  });

  // API Gateway rejects a second route for the same requests, even while it replaces the first.
  test('keeps the logical ids of the deployed routes', () => {
    const ids = ofType(templateOf(stage), 'AWS::ApiGatewayV2::Route').map(
      ([id, { Properties }]) => [Properties.RouteKey, id.replace(/[0-9A-F]{8}$/, '')],
    );
    expect(Object.fromEntries(ids)).toMatchObject({
      'GET /health': 'Apihealth',
      'HEAD /health': 'ApihealthHEAD',
      'GET /ready': 'Apiready',
      'HEAD /ready': 'ApireadyHEAD',
      'GET /api/v1/keys': 'Apilistkeys',
      'GET /docs': 'Apidocs',
      'HEAD /docs': 'ApidocsHEAD',
      'GET /docs/{file}': 'ApidocsGETdocsfile',
      'GET /openapi.json': 'ApidocsGETopenapijson',
      'HEAD /openapi.json': 'ApidocsHEADopenapijson',
      $default: 'Apinotfound',
    });
  });

  test('lets API Gateway invoke each function for its own route only', () => {
    const permissions = properties(stage, 'AWS::Lambda::Permission').filter(
      ({ Principal }) => Principal === 'apigateway.amazonaws.com',
    );
    const callers = permissions.map(({ FunctionName, SourceArn }) => [
      get(stage, functionOf(stage, FunctionName)).Properties.Description.split(' ')[0],
      JSON.stringify(SourceArn).match(/\/\*\/[^"]*/)?.[0],
    ]);
    expect(callers.sort()).toEqual(
      routes
        .map(({ function: name, path }) => [name, path === '$default' ? '/*/*' : `/*/*${path}`])
        .sort(),
    );
  });

  test('grants no wildcard action, and "*" only for tracing and listing streams', () => {
    for (const { PolicyDocument } of properties(stage, 'AWS::IAM::Policy')) {
      for (const { Action, Resource, Effect } of PolicyDocument.Statement) {
        expect(Effect).toBe('Allow');
        const actions = [Action].flat();
        for (const action of actions) expect(action).toMatch(/^[a-z]+:[A-Za-z]+$/);
        const unbound = actions.every((action) => /^xray:|^dynamodb:ListStreams$/.test(action));
        expect(JSON.stringify(Resource).includes('*')).toBe(unbound);
      }
    }
    for (const { AssumeRolePolicyDocument, ...role } of properties(stage, 'AWS::IAM::Role')) {
      const [{ Principal }] = AssumeRolePolicyDocument.Statement;
      if (Principal.Service === 'lambda.amazonaws.com') expect(role).toEqual({});
    }
  });

  test('lets a function write to its own log group only', () => {
    for (const { PolicyName, PolicyDocument } of properties(stage, 'AWS::IAM::Policy')) {
      const logs = PolicyDocument.Statement.filter(({ Action }: { Action: string[] }) =>
        Action.includes('logs:PutLogEvents'),
      );
      const [owner] = PolicyName.split('Role');
      expect(logs.map(({ Resource }: { Resource: unknown }) => referred(Resource))).toEqual([
        expect.stringMatching(new RegExp(`^${owner}Logs`)),
      ]);
    }
  });

  test('runs functions on arm64 and Node 24 with logs and a timeout', () => {
    for (const { Description, ...settings } of properties(stage, 'AWS::Lambda::Function')) {
      const [name] = Description.split(' ');
      const routed = routes.some((route) => route.function === name);
      expect(settings).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: routed ? 5 : expect.any(Number),
      });
      expect(settings.MemorySize).toBe(MEMORY[name] ?? 256);
      expect(get(stage, referred(settings.LoggingConfig.LogGroup)).Type).toBe(
        'AWS::Logs::LogGroup',
      );
    }
    for (const { RetentionInDays } of properties(stage, 'AWS::Logs::LogGroup')) {
      expect(RetentionInDays).toBe({ development: 7, test: 30, production: 365 }[stage]);
    }
  });

  test('reserves concurrency for revoke-key and caps usage reports where the stage says so', () => {
    const reserved = properties(stage, 'AWS::Lambda::Function').flatMap(
      ({ Description, ReservedConcurrentExecutions: executions }) =>
        executions === undefined ? [] : [[Description.split(' ')[0], executions]],
    );
    expect(Object.fromEntries(reserved)).toEqual(CONCURRENCY[stage]);
  });

  // With another logical id CloudFormation creates an empty one and leaves or deletes the old.
  test('keeps the logical ids of the deployed tables and secrets', () => {
    const kinds = ['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'];
    expect(kinds.flatMap((kind) => ofType(templateOf(stage), kind).map(([id]) => id))).toEqual([
      'ResourcesKeysTable0B7F30A4',
      'ResourcesUsageTable6947387B',
      'ResourcesAuditTable801B42DA',
      'ResourcesSecurityTable339580F0',
      'ResourcesAdminTokenB9BF48DF',
      'ResourcesPepperA087209D',
      'ResourcesNamedTokens228D6464',
    ]);
  });

  test('makes tables on-demand, recoverable and encrypted, and protects them in production', () => {
    const tables = ofType(templateOf(stage), 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(4);
    const timeToLive = { AttributeName: 'delete_after', Enabled: true };
    expect(
      tables.map(([, table]) => table.Properties.TimeToLiveSpecification).filter(Boolean),
    ).toEqual([timeToLive, timeToLive]);
    for (const [, table] of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: kept ? 'Retain' : 'Delete',
        UpdateReplacePolicy: kept ? 'Retain' : 'Delete',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { SSEEnabled: true },
          DeletionProtectionEnabled: kept,
        },
      });
    }
  });

  test("reads the usage table's stream with count-usage in batches of a second, from its beginning", () => {
    const streams = ofType(templateOf(stage), 'AWS::DynamoDB::Table').flatMap(([id, table]) =>
      table.Properties.StreamSpecification ? [[id, table.Properties.StreamSpecification]] : [],
    );
    expect(streams).toEqual([['ResourcesUsageTable6947387B', { StreamViewType: 'NEW_IMAGE' }]]);
    const [mapping, ...others] = properties(stage, 'AWS::Lambda::EventSourceMapping');
    expect(others).toEqual([]);
    const [[queueId] = []] = ofType(templateOf(stage), 'AWS::SQS::Queue');
    const { FunctionName, ...settings } = mapping;
    expect(idOf(FunctionName)).toBe('CountUsageAliaslive');
    expect(settings).toEqual({
      EventSourceArn: { 'Fn::GetAtt': ['ResourcesUsageTable6947387B', 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 1,
      TumblingWindowInSeconds: 900,
      MaximumRecordAgeInSeconds: 12 * 3600,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queueId, 'Arn'] } } },
      FilterCriteria: { Filters: [{ Pattern: expect.any(String) }] },
    });
    // Lets new log entries pass, but neither totals nor entries that have expired.
    expect(JSON.parse(mapping.FilterCriteria.Filters[0].Pattern)).toEqual({
      eventName: ['INSERT'],
      dynamodb: { Keys: { pk: { S: [{ prefix: 'log#' }] } } },
    });
    expect(properties(stage, 'AWS::SQS::Queue')[0]).toEqual({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  test('generates the secrets in CloudFormation, and rotates the token', () => {
    const secrets = ofType(templateOf(stage), 'AWS::SecretsManager::Secret');
    expect(secrets).toHaveLength(3);
    for (const [, { DeletionPolicy, Properties }] of secrets) {
      expect(DeletionPolicy).toBe(kept ? 'Retain' : 'Delete');
      const { Description: _, Tags, ...value } = Properties;
      // The named tokens are added after the deployment; the other secrets are generated.
      expect(Object.keys(value)).toEqual([
        value.SecretString ? 'SecretString' : 'GenerateSecretString',
      ]);
      expect(value.SecretString ?? '{}').toBe('{}');
    }
    const [schedule] = properties(stage, 'AWS::SecretsManager::RotationSchedule');
    expect(get(stage, referred(schedule.SecretId)).Properties.Description).toMatch(/token/);
    expect(get(stage, referred(schedule.RotationLambdaARN)).Properties.Description).toMatch(
      /^rotate-admin-token /,
    );
    expect(schedule.RotationRules).toEqual({
      AutomaticallyAfterDays: kept ? 30 : 90,
    });
    expect(schedule.RotateImmediatelyOnUpdate).toBe(false);
    const [permission] = properties(stage, 'AWS::Lambda::Permission').filter(
      ({ Principal }) => Principal === 'secretsmanager.amazonaws.com',
    );
    expect(permission).toMatchObject({ SourceArn: schedule.SecretId });
    expect(referred(permission.FunctionName)).toBe(referred(schedule.RotationLambdaARN));
  });

  test('throttles every route, and logs nothing that a caller wrote', () => {
    const [deployed] = properties(stage, 'AWS::ApiGatewayV2::Stage');
    const throttle = ([rate, burst]: number[]) => ({
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    });
    expect(deployed.DefaultRouteSettings).toEqual(throttle([5, 20]));
    const { validation, usage } = THROTTLES[stage];
    expect(deployed.RouteSettings).toEqual({
      'POST /api/v1/keys/validate': throttle(validation),
      'POST /api/v1/usage/{key_id}': throttle(usage),
      'POST /api/v1/usage/{key_id}/debit': throttle(usage),
    });
    expect(JSON.parse(deployed.AccessLogSettings.Format)).toEqual({
      requestId: '$context.requestId',
      sourceIp: '$context.identity.sourceIp',
      routeKey: '$context.routeKey',
      status: '$context.status',
      latencyMs: '$context.responseLatency',
      integrationError: '$context.integrationErrorMessage',
    });
    const [api] = properties(stage, 'AWS::ApiGatewayV2::Api');
    expect(api).not.toHaveProperty('CorsConfiguration');
    const [[, resource]] = ofType(templateOf(stage), 'AWS::ApiGatewayV2::Stage') as [
      [string, Resource],
    ];
    const routeIds = ofType(templateOf(stage), 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    expect(resource.DependsOn).toEqual(expect.arrayContaining(routeIds));
  });

  test('sends every alarm to the alerts topic, and the end of those with a lasting state', () => {
    const [[topic]] = ofType(templateOf(stage), 'AWS::SNS::Topic') as [[string, Resource]];
    const alarms = ofType(templateOf(stage), 'AWS::CloudWatch::Alarm');
    const watching = alarms.map(([id, alarm]) => [
      id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
      watched(alarm),
    ]);
    expect(Object.fromEntries(watching)).toEqual({
      ...ALARMS,
      ...(stage === 'development' ? {} : FAILED_RELEASE),
      Concurrency: ['AWS/Lambda ConcurrentExecutions Maximum', `>= ${kept ? 450 : 800}`],
    });
    for (const [id, { Properties }] of alarms) {
      const lasts =
        /ServerErrors|SlowValidations|Throttled|Concurrency|Missing|LaggingUsage|LostUsage/.test(
          id,
        );
      expect(Properties.OKActions).toEqual(lasts ? [{ Ref: topic }] : undefined);
      expect(Properties).toMatchObject({
        AlarmActions: [{ Ref: topic }],
        AlarmDescription: expect.stringMatching(/.{40}/),
      });
    }
    const [{ PolicyDocument }] = properties(stage, 'AWS::SNS::TopicPolicy') as [
      Resource['Properties'],
    ];
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  test('shows every alarm on the dashboard, which answers the four questions', () => {
    const widgets = widgetsOf(stage);
    const [status] = widgets.filter(({ type }) => type === 'alarm');
    expect(status.properties.alarms.sort()).toEqual(
      ofType(templateOf(stage), 'AWS::CloudWatch::Alarm')
        .map(([id]) => id)
        .sort(),
    );
    const questions = widgets.filter(({ type }) => type === 'text');
    expect(questions.map((widget) => widget.properties.markdown)).toEqual([
      '## Is it up?',
      '## Is it fast?',
      '## Is someone attacking?',
      '## What is due?',
    ]);
  });

  test('lists refused attempts of all functions that take tokens on the dashboard', () => {
    const [widget] = widgetsOf(stage).filter(({ type }) => type === 'log');
    const [sources, lines] = widget.properties.query.split(' | fields ');
    const groups = sources.match(/(?<=SOURCE ')\w+(?=Logs)/g);
    expect(groups).toEqual(expect.arrayContaining(['CreateKey', 'RevokeKey', 'RecordUsage']));
    expect(groups).not.toContain('ValidateKey');
    expect(lines).toContain('status = 403');
  });

  test('passes the settings to the functions', () => {
    const variables = properties(stage, 'AWS::Lambda::Function').map(
      ({ Environment }) => Environment?.Variables ?? {},
    );
    const values = (name: string) => [...new Set(variables.map((of) => of[name]).filter(Boolean))];
    expect(values('KEY_ENVIRONMENTS')).toEqual([stage]);
    expect(values('USAGE_AUTH')).toEqual(['required']);
    expect(values('SERVICES')).toEqual(['prediction,platform,website']);
    expect(values('BCRYPT_ROUNDS')).toEqual([stage === 'development' ? '10' : '12']);
    expect(values('LEASE_MS')).toEqual(['1500']);
    expect(values('DOCS_FOLDER')).toEqual(['files']);
    expect(values('NODE_OPTIONS')).toEqual(stage === 'development' ? ['--enable-source-maps'] : []);
  });
});
