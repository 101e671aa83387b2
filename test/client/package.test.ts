import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { cleanUp } from '../support/clean-up.ts';
import { Lambda } from '../support/lambda.ts';
import { ofType, type Template } from '../support/synth.ts';
import { startFake } from './fake-service.ts';

const run = promisify(execFile);

/** A folder that has the package and nothing else. */
let folder: string;
let installed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hokusai-auth-'));
  cleanUp(() => rm(folder, { recursive: true }));
  installed = join(folder, 'node_modules/hokusai-auth');
  await mkdir(installed, { recursive: true });
  // npm builds the package before it packs it.
  const { stdout } = await run('npm', ['pack', './client', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components', '1']);
}, 60_000);

/** Runs a script that uses the package, and returns its output. */
async function runScript(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  const { stdout } = await run(process.execPath, [name], { cwd: folder });
  return stdout;
}

const USE = `
const auth = createAuth({ url: 'http://127.0.0.1:9', serviceId: 'prediction' });
auth.validate({ key: 'a key' }).then(({ code }) => console.log(code));
auth.validate({ key: 'hk_live_key' }).catch((error) => console.log(error instanceof AuthUnavailable));
`;

test.each([
  ['an ES module', 'use.mjs', "import { AuthUnavailable, createAuth } from 'hokusai-auth';"],
  ['CommonJS', 'use.cjs', "const { AuthUnavailable, createAuth } = require('hokusai-auth');"],
])('runs in %s, without other packages', async (_, name, load) => {
  expect(await runScript(name, load + USE)).toBe('invalid_key\ntrue\n');
});

const ADMINISTER = `
const admin = createAdmin({ url: 'http://127.0.0.1:9', token: 'token' });
admin.revoke('a key').catch(({ message }) => console.log(message));
`;

test.each([
  ['an ES module', 'admin.mjs', "import { createAdmin } from 'hokusai-auth/admin';"],
  ['CommonJS', 'admin.cjs', "const { createAdmin } = require('hokusai-auth/admin');"],
])('has the client for administrators in %s', async (_, name, load) => {
  expect(await runScript(name, load + ADMINISTER)).toBe('A key_id is a UUID\n');
});

/** Runs the command of the package, where nothing else is installed. */
async function runCommand(args: string[], env: Record<string, string>) {
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const file = join(installed, bin['hokusai-auth']);
  const ran = await run(file, args, { env: { PATH: process.env.PATH, ...env } }).catch((e) => e);
  return { code: ran.code ?? 0, out: ran.stdout, err: ran.stderr };
}

test('has the command in one file, with the licence of what it contains', async () => {
  const { url, received } = await startFake(() => ({ status: 200, body: [] }));
  const env = { HOKUSAI_AUTH_URL: url, HOKUSAI_ADMIN_TOKEN: 'token' };
  expect(await runCommand(['list', '--json'], env)).toEqual({ code: 0, out: '[]\n', err: '' });
  expect(received[0]?.headers.authorization).toBe('Bearer token');
  await access(join(installed, 'dist/cli/LICENSE-commander'));
});

test('says that a token in Secrets Manager needs the AWS SDK', async () => {
  const args = ['list', '--url', 'http://127.0.0.1:1', '--token-secret', 'a'];
  expect(await runCommand(args, {})).toEqual({
    code: 2,
    out: '',
    err: 'error: Secrets Manager needs the AWS SDK: npm install @aws-sdk/client-secrets-manager\n',
  });
});

const TYPED = `
import { createAdmin, type Explanation } from 'hokusai-auth/admin';
import { type ApiKey, AuthUnavailable, createAuth, type Validation } from 'hokusai-auth';

const auth = createAuth({
  url: 'https://auth.example.com',
  serviceId: 'prediction',
  environment: process.env.STAGE,
  timeoutMs: undefined,
  onDropped: undefined,
  onValidate: ({ outcome, attributes }) => console.log(outcome, attributes['hokusai.auth.local']),
});

auth.node({ scope: process.env.SCOPE, report: { predictions: () => 1 } });
// @ts-expect-error
auth.check({ key: 'key' }, false);

async function use(key: string): Promise<string | number> {
  const validation: Validation = await auth.validate({ key, scope: process.env.SCOPE, clientIp: undefined });
  if (!validation.valid) return validation.retryAfter ?? validation.code;
  const apiKey: ApiKey = validation;
  // @ts-expect-error
  apiKey.scopes.push('train');
  auth.report({ key, keyId: apiKey.keyId, endpoint: '/', statusCode: 200, responseTimeMs: 1 });
  // @ts-expect-error
  auth.report({ key, keyId: apiKey.keyId, endpoint: '/', statusCode: 200 });
  const usage = { key, keyId: apiKey.keyId, endpoint: '/', modelId: process.env.MODEL };
  auth.report({ ...usage, statusCode: 200, responseTimeMs: 1, computeMs: undefined });
  const debit = await auth.debit({ ...usage, predictionsCount: 1, statusCode: undefined });
  return debit.debited ? (debit.remaining ?? apiKey.rateLimit.resetAt) : debit.code;
}

async function administer(): Promise<string | null | undefined> {
  const admin = createAdmin({ url: 'https://auth.example.com', token: () => 'token' });
  // @ts-expect-error
  await admin.create({ name: 'a' });
  const { apiKey } = await admin.create({ name: 'a', serviceId: 's', userId: process.env.OWNER });
  for await (const { keyId } of admin.list({ activeOnly: true })) await admin.revoke(keyId);
  const { verdict }: Explanation = await admin.explain({ apiKey });
  return verdict.code;
}

administer().catch(() => undefined);
use('key').catch((error: unknown) => error instanceof AuthUnavailable && error.status);
`;

test('has types for ES modules and for CommonJS', async () => {
  const files = ['consumer.mts', 'consumer.cts'];
  for (const name of files) await writeFile(join(folder, name), TYPED);
  const root = process.cwd();
  const settings = {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error);
  expect(stdout).toBe('');
});

test('names its files for tools that do not read `exports`', async () => {
  const { main, types, typesVersions } = JSON.parse(
    await readFile(join(installed, 'package.json'), 'utf8'),
  );
  const entries = [...typesVersions['*'].admin, ...typesVersions['*'].cdk];
  expect([main, types, ...entries]).toEqual([
    './dist/cjs/index.js',
    './dist/cjs/index.d.ts',
    './dist/cjs/admin/index.d.ts',
    './dist/cjs/cdk.d.ts',
  ]);
  for (const file of [main, types, ...entries]) await access(join(installed, file));
});

// CDK's own validation takes seconds, and the constructs that make the template are CDK's.
const SYNTHESIZE = `
import { App, Stack } from 'aws-cdk-lib';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ApiKeyAuthorizer } from 'hokusai-auth/cdk';

const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
const stack = new Stack(app, 'stack');
const { httpAuthorizer } = new ApiKeyAuthorizer(stack, 'Plain', {
  url: 'https://auth.example.com',
  serviceId: 'prediction',
});
new HttpApi(stack, 'Http').addRoutes({
  path: '/things',
  integration: new HttpUrlIntegration('Things', 'https://things.example.com'),
  authorizer: httpAuthorizer,
});
const authorizer = new ApiKeyAuthorizer(stack, 'Scoped', {
  url: 'https://auth.example.com',
  serviceId: 'prediction',
  scope: 'predict',
  environment: 'production',
});
const { root } = new RestApi(stack, 'Rest');
root.addMethod('GET', undefined, { authorizer: authorizer.restAuthorizer });
root.addMethod('POST', undefined, { authorizer: authorizer.restAuthorizer });
console.log(JSON.stringify(app.synth().getStackByName('stack').template));
`;

describe('ApiKeyAuthorizer', () => {
  let template: Template;
  beforeAll(async () => {
    for (const name of ['aws-cdk-lib', 'constructs']) {
      await symlink(resolve('node_modules', name), join(folder, 'node_modules', name));
    }
    template = JSON.parse(await runScript('synthesize.mjs', SYNTHESIZE));
  }, 60_000);

  const propertiesOf = (type: string) =>
    ofType(template, type).map(([, { Properties }]) => Properties);

  test('authorizes both kinds of API without a cache', () => {
    expect(propertiesOf('AWS::ApiGatewayV2::Authorizer')).toEqual([
      expect.objectContaining({
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        AuthorizerResultTtlInSeconds: 0,
        IdentitySource: [],
      }),
    ]);
    const [rest, ...more] = propertiesOf('AWS::ApiGateway::Authorizer');
    expect(rest).toMatchObject({
      Type: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: '',
    });
    expect(more).toEqual([]);
  });

  test('creates a function with the settings as its environment', () => {
    const settings = {
      HOKUSAI_AUTH_URL: 'https://auth.example.com',
      HOKUSAI_SERVICE_ID: 'prediction',
    };
    expect(propertiesOf('AWS::Lambda::Function')).toEqual(
      [settings, { ...settings, HOKUSAI_SCOPE: 'predict', HOKUSAI_ENVIRONMENT: 'production' }].map(
        (Variables) =>
          expect.objectContaining({
            Runtime: 'nodejs24.x',
            Architectures: ['arm64'],
            Handler: 'index.handler',
            Timeout: 10,
            Environment: { Variables },
          }),
      ),
    );
  });

  /** Starts the function, with a service that refuses all keys. */
  async function startFunction(variables: Record<string, string>) {
    const error = { is_valid: false, error: 'API key has expired', code: 'expired' };
    const { url, received } = await startFake(() => ({ status: 401, body: error }));
    const settings = { HOKUSAI_AUTH_URL: url, HOKUSAI_SERVICE_ID: 'prediction', ...variables };
    const file = join(installed, 'dist/authorizer/index.mjs');
    return { lambda: await Lambda.start(file, settings, 10), received };
  }

  test('deploys a function that authorizes events of both kinds of API', async () => {
    const { lambda, received } = await startFunction({
      HOKUSAI_SCOPE: 'predict',
      HOKUSAI_ENVIRONMENT: 'production',
    });
    const context = { code: 'expired', status: '401', error: 'API key has expired' };
    const headers = { 'x-api-key': 'hk_live_a' };
    const [http, identity] = [{ sourceIp: '192.0.2.1' }, { sourceIp: '192.0.2.2' }];
    expect(await lambda.invoke({ headers, requestContext: { http } })).toEqual({
      isAuthorized: false,
      context,
    });
    const methodArn = 'arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/';
    expect(await lambda.invoke({ headers, requestContext: { identity }, methodArn })).toEqual(
      expect.objectContaining({ principalId: 'rejected', context }),
    );
    expect(received.map(({ body }) => body)).toEqual(
      ['192.0.2.1', '192.0.2.2'].map((client_ip) =>
        expect.objectContaining({
          service_id: 'prediction',
          required_scope: 'predict',
          client_ip,
          environment: 'production',
        }),
      ),
    );
  });

  test('takes empty settings of the function as none', async () => {
    const { lambda, received } = await startFunction({
      HOKUSAI_SCOPE: '',
      HOKUSAI_ENVIRONMENT: '',
    });
    const [headers, http] = [{ 'x-api-key': 'hk_live_a' }, { sourceIp: '192.0.2.1' }];
    await lambda.invoke({ headers, requestContext: { http } });
    const [request] = received;
    expect(request?.body).not.toHaveProperty('required_scope');
    expect(request?.body).not.toHaveProperty('environment');
  });
});
