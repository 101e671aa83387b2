import { Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type FunctionName, TIMEOUT_SECONDS } from '../lib/routes.ts';
import { grants } from './grants.ts';
import type { Resources } from './resources.ts';
import { removalPolicyOf, type Stage } from './stages.ts';

/** By what a function does, where it is more than reading and writing a few items. */
const MEMORY: Partial<Record<FunctionName, keyof Stage['memory']>> = {
  'create-key': 'bcrypt',
  'rotate-key': 'bcrypt',
  'validate-key': 'service',
  'record-usage': 'service',
  'debit-usage': 'service',
  // A page of 1,000 keys is processor time, which Lambda gives with memory.
  'list-keys': 'service',
  'count-usage': 'service',
};
/**
 * Reserved concurrency is also a cap: revoke-key always finds room to run, and usage reports can't
 * take all that the account has.
 */
const CONCURRENCY: Partial<Record<FunctionName, keyof Stage['concurrency']>> = {
  'revoke-key': 'revoke',
  'record-usage': 'usage',
  'debit-usage': 'usage',
};
/** In seconds, of the functions that no caller waits for. */
const TIMEOUTS: Partial<Record<FunctionName, number>> = {
  'rotate-admin-token': 30,
  'report-due-keys': 300,
  'count-usage': 60,
};

export interface FunctionProps {
  readonly stage: Stage;
  readonly resources: Resources;
  /** Where the functions' bundles are. */
  readonly bundles: string;
}

/** Makes one function of the service with a role and a log group of its own. */
export function createFunction(
  scope: Construct,
  name: FunctionName,
  { stage, resources, bundles }: FunctionProps,
): LambdaFunction {
  const id = pascalCase(name);
  const concurrency = CONCURRENCY[name];
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: stage.logRetentionDays,
    removalPolicy: removalPolicyOf(stage),
  });
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  logGroup.grantWrite(role);
  const created = new LambdaFunction(scope, id, {
    description: `${name} of the API keys service`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(`${bundles}/${name}`),
    memorySize: stage.memory[MEMORY[name] ?? 'other'],
    timeout: Duration.seconds(TIMEOUTS[name] ?? TIMEOUT_SECONDS),
    tracing: Tracing.ACTIVE,
    // To Lambda 0 would mean that the function never runs.
    reservedConcurrentExecutions: concurrency && (stage.concurrency[concurrency] || undefined),
    role,
    logGroup,
    environment: stage.sourceMaps ? { NODE_OPTIONS: '--enable-source-maps' } : {},
  });
  resources.grantTo(created, grants[name]);
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'X-Ray takes segments for no particular resource, and streams are listed of none: these actions allow no other.',
  });
  return created;
}

/** `create-key` as CloudFormation names things: `CreateKey`. */
function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
