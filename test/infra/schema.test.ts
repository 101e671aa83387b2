import { beforeAll, describe, expect, test } from '@jest/globals';
import { faultsIn } from '../support/resource-schema.ts';
import { STAGES, type Synthesis, synthesize, type Template } from '../support/synth.ts';

let synthesis: Synthesis;
beforeAll(async () => {
  synthesis = await synthesize();
}, 120_000);

test.each(STAGES)('the template of %s is one that CloudFormation accepts', (stage) => {
  expect(faultsIn(synthesis.templates[stage] as Template)).toEqual([]);
});

describe('a fault is found:', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 } };
  const alias = {
    Type: 'AWS::Lambda::Alias',
    Properties: { Name: 'live', FunctionName: 'f', FunctionVersion: '1' },
  };
  test.each<[string, object]>([
    ['there is no type AWS::SQS::Que', { a: { ...queue, Type: 'AWS::SQS::Que' } }],
    ['a: has no property Delay', { a: { ...queue, Properties: { Delay: 1 } } }],
    ['a.DelaySeconds: is no integer', { a: { ...queue, Properties: { DelaySeconds: '1' } } }],
    [
      'a: lacks FunctionVersion',
      { a: { ...alias, Properties: { Name: 'live', FunctionName: 'f' } } },
    ],
    [
      'a.RoutingConfig.AdditionalVersionWeights: is no list',
      {
        a: {
          ...alias,
          Properties: { ...alias.Properties, RoutingConfig: { AdditionalVersionWeights: {} } },
        },
      },
    ],
    ['a: depends on b, which does not exist', { a: { ...queue, DependsOn: ['b'] } }],
    ['there is no resource b', { a: { ...queue, Properties: { QueueName: { Ref: 'b' } } } }],
    [
      'a has no Name',
      { a: queue, b: { ...queue, Properties: { QueueName: { 'Fn::GetAtt': ['a', 'Name'] } } } },
    ],
  ])('%s', (fault, Resources) => {
    expect(faultsIn({ Resources, Outputs: {} } as Template)).toEqual([
      expect.stringContaining(fault),
    ]);
  });
});
