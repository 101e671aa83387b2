import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describeStage, readPipeline, roleName } from '../../infra/pipeline.ts';
import { PipelineStack } from '../../infra/pipeline-stack.ts';
import { readStages } from '../../infra/stages.ts';
import { faultsIn } from '../support/resource-schema.ts';
import { appWith } from '../support/stack-with.ts';
import { ofType, type Template as Resources, synthesize } from '../support/synth.ts';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const PINNED = { account: ACCOUNT, region: 'us-east-1' };
const ISSUER = 'token.actions.githubusercontent.com';
const STAGES = readStages({
  test: { kind: 'test', ...PINNED },
  production: { kind: 'production', ...PINNED, backup: { copyTo: 'us-west-2' } },
  'production-eu': { kind: 'production', account: OTHER, region: 'eu-west-1' },
});
const REPOSITORY = 'octo-org/api-keys';

/** Returns the template of the stack for an account, and what cdk-nag finds. */
function synthesizeFor(account: string, settings: object = {}) {
  const pipeline = readPipeline({ repository: REPOSITORY, ...settings }, STAGES);
  if (!pipeline) throw new Error('no pipeline');
  const app = appWith();
  const stack = new PipelineStack(app, pipeline, account);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { stack, template: Template.fromStack(stack), folder: app.synth().directory };
}

interface RoleOf {
  readonly trust: unknown;
  readonly hours: number;
  readonly allowed: unknown[];
}

/** Returns the roles by their names, each with the statements of its policy. */
function rolesOf(template: Template): Record<string, RoleOf> {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  return Object.fromEntries(
    Object.entries(template.findResources('AWS::IAM::Role')).map(([id, { Properties }]) => [
      Properties.RoleName,
      {
        trust: Properties.AssumeRolePolicyDocument.Statement,
        hours: Properties.MaxSessionDuration / 3600,
        allowed: policies
          .filter((policy) =>
            policy.Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === id),
          )
          .flatMap((policy) => policy.Properties.PolicyDocument.Statement),
      },
    ]),
  );
}

/** Returns the statement of a trust policy for tokens with this subject. */
const trusts = (subject: string, Federated: unknown) => [
  {
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
      StringLike: { [`${ISSUER}:sub`]: subject, [`${ISSUER}:ref`]: 'refs/tags/v*' },
    },
    Effect: 'Allow',
    Principal: { Federated },
  },
];

test('each stage has two roles, which trust only releases, and deploy only its environment', () => {
  const { template } = synthesizeFor(ACCOUNT);
  const [provider] = Object.keys(template.findResources('AWS::IAM::OIDCProvider'));
  const roles = rolesOf(template);
  expect(
    Object.fromEntries(
      Object.entries(roles).map(([name, { trust, hours }]) => [name, [trust, hours]]),
    ),
  ).toEqual(
    Object.fromEntries(
      ['test', 'production'].flatMap((stage) => [
        [
          `hokusai-pipeline-${stage}-deploy`,
          [trusts(`repo:${REPOSITORY}:environment:${stage}`, { Ref: provider }), 1],
        ],
        [
          `hokusai-pipeline-${stage}-diff`,
          [trusts(`repo:${REPOSITORY}:ref:refs/tags/v*`, { Ref: provider }), 1],
        ],
      ]),
    ),
  );
});

test('the deploying role may assume the roles of the CDK and read the admin token of its stage', () => {
  const roles = rolesOf(synthesizeFor(ACCOUNT).template);
  const bootstrap = (region: string, task: string) =>
    `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-${task}-role-${ACCOUNT}-${region}`;
  expect(roles['hokusai-pipeline-production-deploy']?.allowed).toEqual([
    {
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Resource: ['deploy', 'file-publishing', 'lookup'].flatMap((task) => [
        bootstrap('us-east-1', task),
        bootstrap('us-west-2', task),
      ]),
    },
    {
      Action: 'secretsmanager:GetSecretValue',
      Condition: {
        StringEquals: {
          'aws:ResourceTag/service': 'hokusai-api-keys',
          'aws:ResourceTag/stage': 'production',
        },
      },
      Effect: 'Allow',
      Resource: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:ResourcesAdminToken*`,
    },
  ]);
});

test('the comparing role may read the templates of its stage and nothing else', () => {
  const roles = rolesOf(synthesizeFor(ACCOUNT).template);
  const reads = (stack: string) => ({
    Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
    Effect: 'Allow',
    Resource: `arn:aws:cloudformation:${stack}/*`,
  });
  expect(roles['hokusai-pipeline-test-diff']?.allowed).toEqual([
    reads(`us-east-1:${ACCOUNT}:stack/hokusai-api-keys-test`),
  ]);
  expect(roles['hokusai-pipeline-production-diff']?.allowed).toEqual([
    reads(`us-east-1:${ACCOUNT}:stack/hokusai-api-keys-production`),
    reads(`us-west-2:${ACCOUNT}:stack/hokusai-api-keys-production-backups`),
  ]);
});

test('only the admin token has a name that the deploying role may read', async () => {
  const { templates } = await synthesize();
  for (const template of Object.values(templates)) {
    const ids = ofType(template, 'AWS::SecretsManager::Secret').map(([id]) => id);
    expect(ids.filter((id) => id.startsWith('ResourcesAdminToken'))).toEqual([
      template.Outputs.AdminTokenSecret.Value.Ref,
    ]);
  }
}, 120_000);

test('each account has a stack of its own, with the provider that all its roles share', () => {
  const { stack, template } = synthesizeFor(OTHER);
  expect([stack.stackName, stack.account, stack.region]).toEqual([
    `hokusai-api-keys-pipeline-${OTHER}`,
    OTHER,
    'eu-west-1',
  ]);
  expect(Object.keys(rolesOf(template))).toEqual([
    'hokusai-pipeline-production-eu-deploy',
    'hokusai-pipeline-production-eu-diff',
  ]);
  template.hasResource('AWS::IAM::OIDCProvider', {
    DeletionPolicy: 'Retain',
    Properties: { Url: `https://${ISSUER}`, ClientIdList: ['sts.amazonaws.com'] },
  });
});

test('an account with a provider keeps it, and only it', () => {
  const existing = { accountsWithProvider: [OTHER] };
  const { template } = synthesizeFor(OTHER, existing);
  template.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  expect(rolesOf(template)['hokusai-pipeline-production-eu-diff']?.trust).toEqual(
    trusts(`repo:${REPOSITORY}:ref:refs/tags/v*`, `arn:aws:iam::${OTHER}:oidc-provider/${ISSUER}`),
  );
  synthesizeFor(ACCOUNT, existing).template.resourceCountIs('AWS::IAM::OIDCProvider', 1);
});

test('the template is one that CloudFormation accepts', () => {
  expect(faultsIn(synthesizeFor(ACCOUNT).template.toJSON() as Resources)).toEqual([]);
});

test('a subject with ids is trusted as it is', () => {
  const repository = 'octo-org@123456/api-keys@456789';
  const { template } = synthesizeFor(OTHER, { repository, accountsWithProvider: [OTHER] });
  expect(rolesOf(template)['hokusai-pipeline-production-eu-deploy']?.trust).toEqual(
    trusts(
      `repo:${repository}:environment:production-eu`,
      `arn:aws:iam::${OTHER}:oidc-provider/${ISSUER}`,
    ),
  );
});

test('the stack is deployed with the credentials of the shell, not the roles of the CDK', () => {
  const { folder, stack } = synthesizeFor(ACCOUNT);
  const { artifacts } = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8'));
  expect(Object.keys(artifacts[stack.stackName].properties)).not.toContain('assumeRoleArn');
});

test('the name of a role fits into IAM with the longest name of a stage', () => {
  const stages = readStages({ ['s'.repeat(40)]: { kind: 'test' } });
  expect(stages.map((stage) => roleName(stage, 'deploy').length)).toEqual([64]);
});

test('the workflow learns the stack, the region and the roles of a stage from cdk.json', () => {
  const pipeline = readPipeline({ repository: REPOSITORY }, STAGES);
  if (!pipeline) throw new Error('no pipeline');
  const outputs = describeStage(pipeline, 'production-eu');
  expect(outputs).toEqual({
    stack: 'hokusai-api-keys-production-eu',
    region: 'eu-west-1',
    kind: 'production',
    'deploy-role': `arn:aws:iam::${OTHER}:role/hokusai-pipeline-production-eu-deploy`,
    'diff-role': `arn:aws:iam::${OTHER}:role/hokusai-pipeline-production-eu-diff`,
    environment: 'production',
    service: 'prediction',
  });
  const workflow = readFileSync('.github/workflows/deploy-stage.yml', 'utf8');
  const used = [...workflow.matchAll(/steps\.stage\.outputs\.([\w-]+)/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(outputs)));
  expect(() => describeStage(pipeline, 'staging')).toThrow('cdk.json has no stage staging.');
});

test('there is no pipeline without the setting', () => {
  expect(readPipeline(undefined, STAGES)).toBeUndefined();
});

const SHAPE =
  'pipeline.repository: must be "owner/name", or "owner@id/name@id" if the tokens of the repository have the ids';
test.each<[string, unknown, string]>([
  ['no repository', {}, SHAPE],
  ['a wildcard', { repository: 'octo-org/*' }, SHAPE],
  ['an address', { repository: 'https://github.com/octo-org/api-keys' }, SHAPE],
  ['one id of two', { repository: 'octo-org@1/api-keys' }, SHAPE],
  [
    'an account without quotes',
    { repository: REPOSITORY, accountsWithProvider: [1] },
    'pipeline.accountsWithProvider.0: must be the 12 digits of an account id, in quotes',
  ],
  [
    'an unknown setting',
    { repository: REPOSITORY, branch: 'main' },
    'pipeline: has no setting branch',
  ],
])('refuses %s', (_, settings, message) => {
  expect(() => readPipeline(settings, STAGES)).toThrow(`cdk.json is invalid:\n  ${message}`);
});

test('refuses a stage without account and region', () => {
  const stages = readStages({ development: { kind: 'development' } });
  expect(() => readPipeline({ repository: REPOSITORY }, stages)).toThrow(
    'cdk.json is invalid:\n  stages.development: needs account and region, because pipeline is set',
  );
});
