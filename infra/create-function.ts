import { Duration, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type FunctionName, TIMEOUT_SECONDS } from '../lib/routes.ts';
import { functionSettings } from './functions.ts';
import type { Resources } from './resources.ts';
import { keptUnlessNew, removalPolicyOf, type Stage } from './stages.ts';

/** The functions of a stage; `docs` is missing where it is switched off. */
export type StageFunctions = Record<Exclude<FunctionName, 'docs'>, LambdaFunction> & {
  readonly docs?: LambdaFunction;
};

export interface FunctionProps {
  readonly stage: Stage;
  readonly resources: Resources;
  /** The folder that holds the functions' bundles. */
  readonly bundles: string;
}

/**
 * Keeps Lambda's own lines of calls that succeed out of the logs. A call that fails, is killed or
 * runs out of time is still logged. Lambda filters lines by their level only in the JSON format:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
const ONLY_FAILURES = {
  loggingFormat: LoggingFormat.JSON,
  systemLogLevelV2: SystemLogLevel.WARN,
  // Metrics are in lines of level INFO.
  applicationLogLevelV2: ApplicationLogLevel.INFO,
};

/** Creates one function of the service with its own role and log group. */
export function createFunction(
  scope: Construct,
  name: FunctionName,
  { stage, resources, bundles }: FunctionProps,
): LambdaFunction {
  const id = pascalCase(name);
  const settings = functionSettings[name];
  const { memory = 'other', timeout = TIMEOUT_SECONDS, concurrency } = settings;
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
    memorySize: stage.memory[memory],
    timeout: Duration.seconds(timeout),
    tracing: stage.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    // A setting of 0 reserves none; Lambda would never run a function with 0 reserved executions.
    reservedConcurrentExecutions: concurrency && (stage.concurrency[concurrency] || undefined),
    role,
    logGroup,
    currentVersionOptions: {
      // Kept versions can be made live again at once. A version whose release was rolled back is
      // deleted all the same: while it exists, Lambda publishes no other for the same code.
      removalPolicy: keptUnlessNew(stage),
    },
    // The format is named, so that switching the setting on again changes it back.
    ...(stage.platformLogs ? { loggingFormat: LoggingFormat.TEXT } : ONLY_FAILURES),
    environment: stage.sourceMaps ? { NODE_OPTIONS: '--enable-source-maps' } : {},
  });
  resources.grantTo(created, settings.grants);
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'The actions of X-Ray and dynamodb:ListStreams do not support resource-level permissions.',
  });
  return created;
}

/** Returns the logical id for a function's name: `CreateKey` for `create-key`. */
export function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
