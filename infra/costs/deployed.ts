import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type FunctionName, functionNames } from '../../lib/routes.ts';
import { ApiKeysStack } from '../stack.ts';
import type { Stage } from '../stages.ts';

/** What a stage's template says about its costs. */
export interface Deployed {
  readonly memoryMb: (name: FunctionName) => number;
  readonly tracing: boolean;
  /** Whether Lambda logs calls that succeed. */
  readonly platformLogs: boolean;
  /** The format of the access log; undefined if there is none. */
  readonly accessLog: string | undefined;
  /** The metrics that all alarms evaluate. */
  readonly alarmMetrics: number;
  readonly secrets: number;
}

/** Makes the stack of a stage with empty bundles, which takes a second instead of a build. */
export function stackOf(stage: Stage, app: App): ApiKeysStack {
  const bundles = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of functionNames) mkdirSync(join(bundles, name));
  const stack = new ApiKeysStack(app, 'stack', stage, bundles);
  rmSync(bundles, { recursive: true });
  return stack;
}

/** Synthesizes a stage and reads its template. */
export function deployedOf(stage: Stage): Deployed {
  const outdir = mkdtempSync(join(tmpdir(), 'cdk-out-'));
  // CDK's own validation takes seconds, and `cdk synth` has it.
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const template = Template.fromStack(stackOf(stage, app));
  rmSync(outdir, { recursive: true });
  const all = (type: string) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  const functions = all('AWS::Lambda::Function');
  const functionOf = (name: FunctionName) =>
    functions.find(({ Description }) => Description.startsWith(`${name} `));
  const validate = functionOf('validate-key');
  const [api] = all('AWS::ApiGatewayV2::Stage');
  return {
    memoryMb: (name) => functionOf(name).MemorySize,
    tracing: validate.TracingConfig?.Mode === 'Active',
    platformLogs: validate.LoggingConfig.SystemLogLevel !== 'WARN',
    accessLog: api?.AccessLogSettings?.Format,
    alarmMetrics: all('AWS::CloudWatch::Alarm')
      .map(({ Metrics }) => Metrics?.filter((one: object) => 'MetricStat' in one).length ?? 1)
      .reduce((sum, count) => sum + count, 0),
    secrets: all('AWS::SecretsManager::Secret').length,
  };
}
