import { beforeAll, describe, expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { deployedOf, stackOf } from '../../infra/costs/deployed.ts';
import { PRODUCTION } from '../../infra/costs/page.ts';
import type { Stage } from '../../infra/stages.ts';
import { functionNames } from '../../lib/routes.ts';
import { appWith } from '../support/stack-with.ts';
import {
  ofType,
  type Synthesis,
  type Template as Synthesized,
  synthesize,
} from '../support/synth.ts';

const templateWith = (settings: Partial<Stage>) =>
  Template.fromStack(stackOf({ ...PRODUCTION, ...settings }, appWith()));

describe('the stages of cdk.json', () => {
  let synthesis: Synthesis;
  beforeAll(async () => {
    synthesis = await synthesize();
  }, 120_000);

  const functionsOf = (stage: string) =>
    ofType(synthesis.templates[stage] as Synthesized, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties,
    );

  test('log only failed calls of Lambda in production, and all lines of the service', () => {
    for (const { LoggingConfig } of functionsOf('production')) {
      expect(LoggingConfig).toEqual({
        LogFormat: 'JSON',
        SystemLogLevel: 'WARN',
        ApplicationLogLevel: 'INFO',
        LogGroup: expect.anything(),
      });
    }
    for (const stage of ['development', 'test']) {
      for (const { LoggingConfig } of functionsOf(stage)) {
        expect(LoggingConfig).toEqual({ LogFormat: 'Text', LogGroup: expect.anything() });
      }
    }
  });

  test('trace requests everywhere but in production', () => {
    const modes = (stage: string) => functionsOf(stage).map(({ TracingConfig }) => TracingConfig);
    expect(modes('production')).toEqual(functionNames.map(() => undefined));
    for (const stage of ['development', 'test']) {
      expect(modes(stage)).toEqual(functionNames.map(() => ({ Mode: 'Active' })));
    }
    expect(JSON.stringify(synthesis.templates.production)).not.toContain('xray:');
  });

  test('write the access log to a group of the cheaper class', () => {
    for (const template of Object.values(synthesis.templates)) {
      const groups = ofType(template, 'AWS::Logs::LogGroup');
      const cheaper = groups.filter(([, { Properties }]) => Properties.LogGroupClass);
      expect(cheaper.map(([id, { Properties }]) => [id, Properties.LogGroupClass])).toEqual([
        [expect.stringMatching(/^ApiAccessLog[0-9A-F]{8}$/), 'INFREQUENT_ACCESS'],
      ]);
    }
  });
});

test('switches all three off and on, whatever the kind of the stage', () => {
  const off = deployedOf({ ...PRODUCTION, accessLogs: false });
  expect([off.platformLogs, off.tracing, off.accessLog]).toEqual([false, false, undefined]);
  const on = deployedOf({ ...PRODUCTION, platformLogs: true, tracing: true });
  expect([on.platformLogs, on.tracing, on.accessLog]).toEqual([
    true,
    true,
    expect.stringContaining('$context.requestId'),
  ]);
});

test('creates no group for an access log that is switched off', () => {
  const template = templateWith({ accessLogs: false });
  template.resourceCountIs('AWS::Logs::LogGroup', functionNames.length);
  template.hasResourceProperties('AWS::ApiGatewayV2::Stage', { AccessLogSettings: Match.absent() });
});

test.each<[string, Partial<Stage>]>([
  ['production', {}],
  ['no access log', { accessLogs: false }],
  ['tracing and the lines of Lambda', { tracing: true, platformLogs: true }],
])('has no finding of cdk-nag with %s', (_, settings) => {
  const app = appWith();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  stackOf({ ...PRODUCTION, ...settings }, app);
  expect(() => app.synth()).not.toThrow();
});
