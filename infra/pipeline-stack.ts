import {
  CliCredentialsStackSynthesizer,
  DefaultStackSynthesizer,
  Duration,
  RemovalPolicy,
  Stack,
  Tags,
  Validations,
} from 'aws-cdk-lib';
import {
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type PinnedStage, type Pipeline, roleName, type Task } from './pipeline.ts';
import { SERVICE, stackName } from './stages.ts';

const GITHUB = 'token.actions.githubusercontent.com';
const AUDIENCE = 'sts.amazonaws.com';
/** The workflow deploys the tags of releases and nothing else. */
const RELEASES = 'refs/tags/v*';

/** The roles through which GitHub Actions deploys the stages of one account, without stored keys. */
export class PipelineStack extends Stack {
  private readonly repository: string;
  private readonly providerArn: string;

  constructor(scope: Construct, pipeline: Pipeline, account: string) {
    const stages = pipeline.stages.filter((stage) => stage.account === account);
    super(scope, `${SERVICE}-pipeline-${account}`, {
      description: 'Hokusai API keys, the roles of the pipeline',
      // The first region by name: the order of the stages must not move the stack.
      env: { account, region: stages.map(({ region }) => region).sort()[0] ?? '' },
      // An administrator deploys it with credentials of their own. The pipeline may assume the
      // CDK's roles, so those need not be able to change what the pipeline may do.
      synthesizer: new CliCredentialsStackSynthesizer(),
    });
    this.repository = pipeline.repository;
    this.providerArn = pipeline.accountsWithProvider.includes(account)
      ? `arn:aws:iam::${account}:oidc-provider/${GITHUB}`
      : this.createProvider();
    for (const stage of stages) {
      this.createDeployRole(stage);
      this.createDiffRole(stage);
    }
    Tags.of(this).add('service', SERVICE);
  }

  private createProvider(): string {
    return new OidcProviderNative(this, 'GitHub', {
      url: `https://${GITHUB}`,
      clientIds: [AUDIENCE],
      // Other repositories may have come to use it.
      removalPolicy: RemovalPolicy.RETAIN,
    }).oidcProviderArn;
  }

  /** Creates the role that deploys a stage and reads its admin token for the smoke test. */
  private createDeployRole(stage: PinnedStage): void {
    const { name, account, region, backup } = stage;
    const prefix = `cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}`;
    const regions = backup?.copyTo ? [region, backup.copyTo] : [region];
    const role = this.createRole(stage, 'deploy', `environment:${name}`);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: ['deploy', 'file-publishing', 'lookup'].flatMap((task) =>
          regions.map(
            (each) => `arn:aws:iam::${account}:role/${prefix}-${task}-role-${account}-${each}`,
          ),
        ),
      }),
    );
    // CloudFormation begins the name with the logical id. No other secret's begins like this.
    const tokens = `arn:aws:secretsmanager:${region}:${account}:secret:ResourcesAdminToken*`;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [tokens],
        conditions: {
          StringEquals: { 'aws:ResourceTag/service': SERVICE, 'aws:ResourceTag/stage': name },
        },
      }),
    );
    acknowledge(role, tokens, 'CloudFormation makes the name, and the tags limit it to the stage.');
  }

  /**
   * Creates the role that compares a stage with its template. `cdk diff` falls back to it because
   * it may not assume the CDK's lookup role, which may read the tables and all else in the account.
   */
  private createDiffRole(stage: PinnedStage): void {
    const { account, region, backup } = stage;
    const role = this.createRole(stage, 'diff', `ref:${RELEASES}`);
    const stacks = [`${region}:${account}:stack/${stackName(stage)}/*`];
    if (backup?.copyTo)
      stacks.push(`${backup.copyTo}:${account}:stack/${stackName(stage)}-backups/*`);
    for (const stack of stacks) {
      const arn = `arn:aws:cloudformation:${stack}`;
      role.addToPolicy(
        new PolicyStatement({
          actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
          resources: [arn],
        }),
      );
      acknowledge(role, arn, 'The ARN of a stack ends with a random id.');
    }
  }

  /** @param context the end of the subject of the tokens that may assume the role */
  private createRole(stage: PinnedStage, task: Task, context: string): Role {
    return new Role(this, roleName(stage, task), {
      roleName: roleName(stage, task),
      description: `GitHub Actions, ${task} of the stage ${stage.name}`,
      maxSessionDuration: Duration.hours(1),
      // https://docs.github.com/en/actions/reference/security/oidc and
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
      assumedBy: new WebIdentityPrincipal(this.providerArn, {
        StringEquals: { [`${GITHUB}:aud`]: AUDIENCE },
        StringLike: {
          [`${GITHUB}:sub`]: `repo:${this.repository}:${context}`,
          [`${GITHUB}:ref`]: RELEASES,
        },
      }),
    });
  }
}

function acknowledge(role: Role, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}
