import { randomInt } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeAll, expect, test } from '@jest/globals';
import { functionSettings } from '../../infra/functions.ts';
import { createStreamReader } from '../../infra/local/stream.ts';
import { searchedFunctions } from '../../infra/refused-attempts.ts';
import { generateKey } from '../../lib/domain/key.ts';
import { KEY_CHECKS } from '../../lib/domain/posture.ts';
import { type FunctionName, functionNames, type Route, routes } from '../../lib/routes.ts';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { Lambda } from '../support/lambda.ts';
import { ownName, withoutSuffix } from '../support/own-names.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import { newToken } from '../support/secrets.ts';
import { startSns } from '../support/sns.ts';
import { ofType, type Resource, referred, type Synthesis, synthesize } from '../support/synth.ts';

// These tests run the deployed bundles with the variables, tables and secrets of the template.
const PUBLIC_ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
};

let synthesis: Synthesis;
let dynamodb: FaultProxy;
let secrets: FaultProxy;
let sns: Awaited<ReturnType<typeof startSns>>;
const functions = new Map<FunctionName, Lambda>();
/** The permissions that each function has used: the action and the resource's logical id. */
const seen = new Map<FunctionName, Set<string>>();

const template = () => {
  const { test } = synthesis.templates;
  if (!test) throw new Error('no template');
  return test;
};

/** Returns the function in the template that runs this bundle. */
function deployed(name: FunctionName): Resource {
  const found = ofType(template(), 'AWS::Lambda::Function').find(([, { Properties }]) =>
    Properties.Description.startsWith(`${name} `),
  );
  if (!found) throw new Error(`${name} is not deployed`);
  return found[1];
}

beforeAll(async () => {
  synthesis = await synthesize();
  const addresses = await connectDependencies();
  dynamodb = await startProxy(addresses.AWS_ENDPOINT_URL_DYNAMODB);
  secrets = await startProxy(addresses.AWS_ENDPOINT_URL_SECRETS_MANAGER);
  sns = await startSns();
  cleanUp(() => {
    for (const part of [dynamodb, secrets, sns]) part.stop();
  });
  await createResources();
  for (const name of functionNames) functions.set(name, await start(name));
}, 120_000);

/** Creates the template's tables and secrets, named after their logical ids. */
async function createResources(): Promise<void> {
  const database = new DynamoDBClient();
  for (const [id, { Properties }] of ofType(template(), 'AWS::DynamoDB::Table')) {
    const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } = Properties;
    const schema = { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes };
    const StreamSpecification = Properties.StreamSpecification && {
      ...Properties.StreamSpecification,
      StreamEnabled: true,
    };
    await database.send(
      new CreateTableCommand({ TableName: ownName(id), ...schema, StreamSpecification }),
    );
  }
  database.destroy();
  const client = new SecretsManagerClient();
  for (const [id, { Properties }] of ofType(template(), 'AWS::SecretsManager::Secret')) {
    const isToken = /bearer token/.test(Properties.Description);
    const generated = isToken ? ADMIN_TOKEN : 'a pepper, long enough to be one';
    const { SecretString = generated } = Properties;
    await client.send(new CreateSecretCommand({ Name: ownName(id), SecretString }));
  }
  client.destroy();
}

/** Returns the value of a variable: a table or secret has the name of its stand-in. */
function resolve(value: unknown): string {
  if (typeof value === 'string') return value;
  const id = referred(value);
  const { Type } = template().Resources[id] ?? {};
  return /Table$|Secret$/.test(Type ?? '') ? ownName(id) : id;
}

/** Starts a function's bundle with the variables of its template and no others. */
async function start(name: FunctionName): Promise<Lambda> {
  const { Environment, Code, Timeout } = deployed(name).Properties;
  const variables = Object.entries(Environment?.Variables ?? {}).map(([variable, value]) => [
    variable,
    resolve(value),
  ]);
  const file = `${synthesis.folder}/asset.${Code.S3Key.replace('.zip', '')}/index.mjs`;
  const env = {
    ...PUBLIC_ENVIRONMENT,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_SNS: sns.url,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...Object.fromEntries(variables),
  };
  return Lambda.start(file, env, Timeout);
}

/** Runs a function and records the permissions that it uses. */
async function watch<T>(name: FunctionName, work: (lambda: Lambda) => Promise<T>): Promise<T> {
  for (const { inputs } of [dynamodb, secrets]) inputs.length = 0;
  sns.notices.length = 0;
  const lambda = functions.get(name);
  if (!lambda) throw new Error(`${name} does not run`);
  const result = await work(lambda);
  const did = seen.get(name) ?? new Set();
  for (const { action, input } of dynamodb.inputs) {
    for (const use of tableUses(action, JSON.parse(input))) did.add(withoutSuffix(use));
  }
  for (const { action, input } of secrets.inputs) {
    did.add(`secretsmanager:${action} ${withoutSuffix(JSON.parse(input).SecretId)}`);
  }
  for (const { Action, TopicArn } of sns.notices) did.add(`sns:${Action} ${TopicArn}`);
  seen.set(name, did);
  return result;
}

interface Input {
  TableName?: string;
  IndexName?: string;
  RequestItems?: object;
  TransactItems?: Record<string, { TableName: string }>[];
}

/** Lists the uses as IAM checks them: each write of a transaction, and an index for its query. */
function tableUses(action: string, input: Input): string[] {
  const { TableName, IndexName, RequestItems, TransactItems } = input;
  if (TransactItems) {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([write, target]) => `dynamodb:${write}Item ${target.TableName}`),
    );
  }
  if (RequestItems) return Object.keys(RequestItems).map((table) => `dynamodb:${action} ${table}`);
  return [`dynamodb:${action} ${TableName}${IndexName ? `/index/${IndexName}` : ''}`];
}

/** Returns the permissions of the function's role, without logging and tracing. */
function allowed(name: FunctionName): string[] {
  const role = referred(deployed(name).Properties.Role);
  const policies = ofType(template(), 'AWS::IAM::Policy').filter(([, { Properties }]) =>
    Properties.Roles.some((of: unknown) => referred(of) === role),
  );
  return policies
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }: { Action: string | string[]; Resource: unknown }) =>
      [Action].flat().flatMap((action) =>
        [Resource].flat().map((resource) => {
          const [index] = /\/index\/\w+/.exec(JSON.stringify(resource)) ?? [''];
          return `${action} ${resource === '*' ? '*' : referred(resource)}${index}`;
        }),
      ),
    )
    .filter((permission) => !/^(logs|xray):/.test(permission));
}

const body = {
  name: 'a key',
  service_id: 'prediction',
  environment: 'test',
  monthly_prediction_limit: 500,
};
const now = new Date('2026-11-23T18:30:00.000Z');
let key: { api_key: string; key_id: string };

test('runs create-key', async () => {
  const answer = await watch('create-key', (lambda) =>
    lambda.request('POST', '/api/v1/keys', { body, now }),
  );
  expect(answer.status).toBe(201);
  key = answer.body;
  dynamodb.mode = 'lose-answer';
  const found = await watch('create-key', (lambda) =>
    lambda.request('POST', '/api/v1/keys', { body, now }),
  );
  dynamodb.mode = 'pass';
  expect(found.status).toBe(201);
});

const metricsOf = (directives: [string[][], object][], members: object) => ({
  _aws: {
    Timestamp: expect.any(Number),
    CloudWatchMetrics: directives.map(([Dimensions, units]) => ({
      Namespace: 'StackName',
      Dimensions,
      Metrics: Object.entries(units).map(([Name, Unit]) => ({ Name, Unit })),
    })),
  },
  ...members,
});

/** A key of another environment with a valid checksum; the next has an invalid one. */
const FOREIGN = generateKey('production', randomInt).text;
captureIssued(FOREIGN);
const MADE_UP = `hk_live_${'A'.repeat(32)}`;
const FOREIGN_LOG = {
  code: 'environment_mismatch',
  key_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  key_prefix: `${FOREIGN.slice(0, 11)}***`,
  valid_checksum: true,
  ...metricsOf([[[[]], { ClientErrors: 'Count', EnvironmentMismatches: 'Count' }]], {
    EnvironmentMismatches: 1,
    ClientErrors: 1,
  }),
};

test('runs validate-key and logs the metrics that CloudWatch extracts', async () => {
  const path = '/api/v1/keys/validate';
  const validate = (apiKey: string) =>
    watch('validate-key', (lambda) =>
      lambda.request('POST', path, { headers: { 'x-api-key': apiKey }, now }),
    );
  const { lines } = functions.get('validate-key') as Lambda;
  const counted = (outcome: string, service_id: string, counts: Record<string, number>) => {
    const units = Object.fromEntries(Object.keys(counts).map((name) => [name, 'Count']));
    const overall: [string[][], object][] = Object.keys(units).length > 0 ? [[[[]], units]] : [];
    return expect.objectContaining(
      metricsOf(
        [
          ...overall,
          [[[], ['outcome'], ['outcome', 'service_id']], { ValidationLatency: 'Milliseconds' }],
        ],
        { outcome, service_id, ...counts, ValidationLatency: expect.any(Number) },
      ),
    );
  };
  expect(await validate(key.api_key)).toMatchObject({ status: 200, body: { is_valid: true } });
  expect(lines.at(-1)).toEqual(counted('valid', 'prediction', {}));
  expect((await validate(`${key.api_key.slice(0, -1)}_`)).status).toBe(401);
  expect(lines.at(-1)).toEqual(
    counted('invalid_key', 'unknown', { ClientErrors: 1, FailedValidations: 1 }),
  );
  for (const [text, counts] of [
    [MADE_UP, {}],
    [FOREIGN, { EnvironmentMismatches: 1 }],
  ] as const) {
    expect((await validate(text)).body.code).toBe('environment_mismatch');
    expect(lines.at(-1)).toEqual(
      counted('environment_mismatch', 'unknown', {
        ClientErrors: 1,
        FailedValidations: 1,
        ...counts,
      }),
    );
  }
  dynamodb.mode = 'cut';
  expect((await validate(key.api_key)).status).toBe(503);
  expect(lines.at(-1)).toEqual(
    expect.objectContaining(
      metricsOf(
        [
          [[[], ['outcome'], ['outcome', 'service_id']], { ValidationLatency: 'Milliseconds' }],
          [[['function', 'version']], { ServerErrors: 'Count' }],
        ],
        { function: 'a-function', version: '7', outcome: 'unavailable', ServerErrors: 1 },
      ),
    ),
  );
  dynamodb.mode = 'pass';
});

test('runs explain-key', async () => {
  const options = { body: { api_key: key.api_key }, now };
  const answer = await watch('explain-key', (lambda) =>
    lambda.request('POST', '/api/v1/keys/explain', options),
  );
  expect(answer).toMatchObject({ status: 200, body: { verdict: { is_valid: true } } });
});

test('runs list-keys', async () => {
  const answer = await watch('list-keys', (lambda) =>
    lambda.request('GET', '/api/v1/keys', { now }),
  );
  expect(answer).toMatchObject({ status: 200, body: { length: 2 } });
  const { key_prefix } = answer.body[0];
  const queries: Record<string, string>[] = [{ user_id: 'admin' }, { key_prefix }];
  for (const query of queries) {
    const found = await watch('list-keys', (lambda) =>
      lambda.request('GET', '/api/v1/keys', { query, now }),
    );
    expect(found.body).toContainEqual(answer.body[0]);
  }
});

test('runs get-key and logs the metrics of rejected requests', async () => {
  const get = (headers?: Record<string, string>) =>
    watch('get-key', (lambda) =>
      lambda.request('GET', '/api/v1/keys/{key_id}', { keyId: key.key_id, headers, now }),
    );
  expect(await get()).toMatchObject({ status: 200, body: { key_id: key.key_id } });
  expect((await get({ authorization: 'Bearer guess' })).status).toBe(401);
  expect(functions.get('get-key')?.lines.at(-1)).toEqual(
    expect.objectContaining(
      metricsOf([[[[]], { ClientErrors: 'Count', AdminAuthenticationFailures: 'Count' }]], {
        AdminAuthenticationFailures: 1,
        ClientErrors: 1,
      }),
    ),
  );
  expect((await get({ authorization: `Bearer ${FOREIGN}` })).status).toBe(401);
  expect(functions.get('get-key')?.lines.at(-1)).toMatchObject(FOREIGN_LOG);
});

test('runs update-key', async () => {
  const options = { keyId: key.key_id, body: { name: 'another name' }, now };
  const answer = await watch('update-key', (lambda) =>
    lambda.request('PATCH', '/api/v1/keys/{key_id}', options),
  );
  expect(answer).toMatchObject({ status: 200, body: { name: 'another name' } });
});

test('runs record-usage, debit-usage, count-usage, usage-stats, usage-billing, usage-aggregate', async () => {
  const path = '/api/v1/usage/{key_id}';
  const report = {
    service_id: 'prediction',
    endpoint: '/v1/predict',
    status_code: 200,
    response_time_ms: 5,
    predictions_count: 2,
    idempotency_key: 'report-1',
  };
  const asKey = { authorization: `Bearer ${key.api_key}` };
  const options = { keyId: key.key_id, now };
  for (const headers of [undefined, asKey]) {
    const recorded = await watch('record-usage', (lambda) =>
      lambda.request('POST', path, { ...options, headers, body: report }),
    );
    expect(recorded.status).toBe(200);
    const debited = await watch('debit-usage', (lambda) =>
      lambda.request('POST', `${path}/debit`, {
        ...options,
        headers,
        body: { ...report, idempotency_key: 'debit-1' },
      }),
    );
    expect(debited).toMatchObject({ status: 200, body: { remaining: 496 } });
  }
  for (const [text, log] of [
    [FOREIGN, FOREIGN_LOG],
    [MADE_UP.replace('live', 'test'), { code: 'bad_key', key_prefix: 'hk_test_AAA***' }],
  ] as const) {
    const headers = { authorization: `Bearer ${text}` };
    const refused = await watch('record-usage', (lambda) =>
      lambda.request('POST', path, { ...options, headers, body: report }),
    );
    expect(refused.status).toBe(401);
    expect(functions.get('record-usage')?.lines.at(-1)).toMatchObject(log);
  }
  const refused = await watch('debit-usage', (lambda) =>
    lambda.request('POST', `${path}/debit`, {
      ...options,
      body: { ...report, predictions_count: 1000, idempotency_key: 'debit-2' },
    }),
  );
  expect(refused.status).toBe(402);
  await watch('count-usage', async (lambda) => {
    const { USAGE_TABLE } = deployed('count-usage').Properties.Environment.Variables;
    process.env.USAGE_TABLE = resolve(USAGE_TABLE);
    const stream = createStreamReader((event) => lambda.invoke(event));
    while ((await stream.poll()) > 0);
    stream.stop();
  });
  const answers = [
    await watch('usage-stats', (lambda) => lambda.request('GET', `${path}/stats`, options)),
    await watch('usage-billing', (lambda) => lambda.request('GET', `${path}/billing`, options)),
    await watch('usage-aggregate', (lambda) =>
      lambda.request('GET', '/api/v1/usage/aggregate', { now }),
    ),
  ];
  expect(answers).toMatchObject([
    { status: 200, body: { total_requests: 2, total_predictions: 4 } },
    { status: 200, body: { current_usage: { requests: 2, predictions: 4 } } },
    { status: 200, body: { usage_by_date: { '2026-11-23': { prediction: { requests: 2 } } } } },
  ]);
});

test('runs rotate-key, then revoke-key', async () => {
  const rotated = await watch('rotate-key', (lambda) =>
    lambda.request('POST', '/api/v1/keys/{key_id}/rotate', { keyId: key.key_id, now }),
  );
  expect(rotated.status).toBe(200);
  const revoked = await watch('revoke-key', (lambda) =>
    lambda.request('DELETE', '/api/v1/keys/{key_id}', { keyId: rotated.body.key_id, now }),
  );
  expect(revoked.status).toBe(200);
});

test('runs health, ready and not-found', async () => {
  const answers = [
    await watch('health', (lambda) => lambda.request('GET', '/health')),
    await watch('ready', (lambda) => lambda.request('GET', '/ready')),
    await watch('not-found', (lambda) => lambda.request('GET', '$default')),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
});

test('runs docs with the files in its bundle', async () => {
  const get = (path: string) => watch('docs', (lambda) => lambda.request('GET', path));
  const page = await get('/docs');
  const scripts = page.body.match(/\/docs\/[\w-]+\.js/g);
  expect(scripts).toHaveLength(2);
  for (const path of [...scripts, '/openapi.json']) {
    const { status, body } = await get(path);
    expect([path, status, body.length > 0]).toEqual([path, 200, true]);
  }
});

// Calls a GET route that has no test of its own too, so that a new one needs none for its role.
test.each(routes.filter(({ method, path }) => method === 'GET' && path !== '/docs/{file}'))(
  'GET $path answers an administrator with 200',
  async ({ function: name, path }) => {
    const keyId = path.includes('{key_id}') ? key.key_id : undefined;
    const answer = await watch(name, (lambda) => lambda.request('GET', path, { keyId, now }));
    expect(answer.status).toBe(200);
  },
);

test.each(routes.filter(({ function: name }) => searchedFunctions.includes(name)))(
  '$method $path looks for a named token',
  async ({ function: name, method, path }) => {
    const headers = { authorization: `Bearer ${newToken()}` };
    const keyId = path.includes('{key_id}') ? key.key_id : undefined;
    const answer = await watch(name, (lambda) =>
      lambda.request(method, path, { keyId, headers, now }),
    );
    expect(answer.status).toBe(401);
  },
);

test('runs report-due-keys', async () => {
  const created = await watch('create-key', (lambda) =>
    lambda.request('POST', '/api/v1/keys', { body, now }),
  );
  const client = new DynamoDBClient();
  await client.send(
    new UpdateItemCommand({
      TableName: resolve(deployed('report-due-keys').Properties.Environment.Variables.KEYS_TABLE),
      Key: { key_id: { S: created.body.key_id } },
      UpdateExpression: 'SET created_at = :then',
      ExpressionAttributeValues: { ':then': { S: '2026-01-01T00:00:00.000Z' } },
    }),
  );
  client.destroy();
  await watch('report-due-keys', (lambda) => lambda.invoke({ time: now.toISOString() }));
  expect(sns.notices).toEqual([
    expect.objectContaining({
      Subject: 'API keys are due for rotation: StackName',
      Message: expect.stringContaining(`${created.body.key_id}  326 days old  "a key"`),
    }),
  ]);
  expect(functions.get('report-due-keys')?.lines).toEqual([
    expect.objectContaining(
      metricsOf([[[[]], { KeysDueForRotation: 'Count' }]], { KeysDueForRotation: 1 }),
    ),
  ]);
});

test('runs assess-posture and logs the metrics of each finding', async () => {
  await watch('assess-posture', (lambda) => lambda.invoke({ time: now.toISOString() }));
  const { lines } = functions.get('assess-posture') as Lambda;
  expect(lines).toHaveLength(KEY_CHECKS.length + 1);
  expect(lines[2]).toMatchObject(
    metricsOf([[[['check']], { PostureFindings: 'Count' }]], {
      check: 'no_scopes',
      PostureFindings: 2,
    }),
  );
  expect(lines.at(-1)).toMatchObject(
    metricsOf([[[[]], { KeysAssessed: 'Count' }]], { outcome: 'completed', KeysAssessed: 2 }),
  );
  const query = { finding: 'no_scopes' };
  const listed = await watch('list-keys', (lambda) =>
    lambda.request('GET', '/api/v1/keys', { query, now }),
  );
  expect(listed).toMatchObject({ status: 200, body: { length: 2 } });
});

// Counts a refused request in the security table, whichever function refuses it.
test.each(
  functionNames.filter((name) => {
    const { grants } = functionSettings[name];
    return name !== 'validate-key' && grants.SECURITY_TABLE?.includes('dynamodb:UpdateItem');
  }),
)('%s counts a request with a wrong token', async (name) => {
  const { method, path } = routes.find((route) => route.function === name) as Route;
  const headers = { authorization: 'Bearer guess' };
  const options = { keyId: key.key_id, headers, now };
  const { status } = await watch(name, (lambda) => lambda.request(method, path, options));
  expect(status).toBe(401);
  expect(dynamodb.inputs.map(({ action }) => action)).toEqual(['UpdateItem']);
});

test('runs rotate-admin-token', async () => {
  const client = new SecretsManagerClient();
  const SecretId = resolve(
    deployed('rotate-admin-token').Properties.Environment.Variables.ADMIN_TOKEN_SECRET,
  );
  const { VersionId } = await client.send(new RotateSecretCommand({ SecretId }));
  client.destroy();
  for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
    await watch('rotate-admin-token', (lambda) =>
      lambda.invoke({ Step, SecretId, ClientRequestToken: VersionId }),
    );
  }
  const put = secrets.inputs.find(({ action }) => action === 'PutSecretValue');
  if (put) captureIssued(JSON.parse(put.input).SecretString);
  const answer = await watch('get-key', (lambda) =>
    lambda.request('GET', '/api/v1/keys/{key_id}', { keyId: key.key_id }),
  );
  expect(answer.status).toBe(401);
});

/** Returns the permissions that Lambda itself uses with a function's role. */
function doneByLambda(name: FunctionName): string[] {
  if (name !== 'count-usage') return [];
  const [[table]] = ofType(template(), 'AWS::DynamoDB::Table').filter(
    ([, { Properties }]) => Properties.StreamSpecification,
  ) as [[string, Resource]];
  const [[queue]] = ofType(template(), 'AWS::SQS::Queue') as [[string, Resource]];
  return [
    'dynamodb:ListStreams *',
    ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((of) => `dynamodb:${of} ${table}`),
    `sqs:SendMessage ${queue}`,
  ];
}

test.each(functionNames)('grants %s the permissions that it has used, and no others', (name) => {
  const needed = [...(seen.get(name) ?? []), ...doneByLambda(name)];
  expect(allowed(name).sort()).toEqual(needed.sort());
});
