import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms } from '../../infra/alarms.ts';
import { serviceFunctions } from '../../infra/functions.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { readStages } from '../../infra/stages.ts';
import { anchorsIn } from '../support/markdown.ts';
import { appWith } from '../support/stack-with.ts';

const RUNBOOK = 'docs/operations.md';

/** Returns the names and descriptions of all alarms that a stage can have, NoTraffic included. */
function describedAlarms(): [name: string, description: string][] {
  const { stages } = JSON.parse(readFileSync('cdk.json', 'utf8')).context;
  const [stage] = readStages(stages);
  if (!stage) throw new Error('cdk.json has no stage');
  const stack = new Stack(appWith());
  const metric = new Metric({ namespace: 'any', metricName: 'any' });
  // Names and descriptions do not depend on the metrics, which would take the whole stack to make.
  const metrics = new Proxy({} as Metrics, {
    get: (_, name) => (name === 'errorsOf' || name === 'failedRelease' ? () => metric : metric),
  });
  const settings = { alarms: { ...stage.alarms, noTraffic: 15 } };
  new Alarms(stack, settings, metrics, new Topic(stack, 'Topic'), serviceFunctions);
  const found = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
  return Object.entries(found).map(([id, { Properties }]) => [
    id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
    Properties.AlarmDescription,
  ]);
}

const alarms = describedAlarms();

/** Returns the section on an alarm: those on the releases of the functions share one. */
const sectionOf = (name: string) => name.replace(/^(FailedRelease).+/, '$1');

test('the runbook has a heading for every alarm, and none for an alarm that does not exist', () => {
  const [, section = ''] = readFileSync(RUNBOOK, 'utf8').split('\n## Alarms\n');
  const headings = [...section.matchAll(/^##+ (.+)$/gm)].map(([, heading]) => heading);
  const sections = new Set(alarms.map(([name]) => sectionOf(name)));
  expect(headings.sort()).toEqual([...sections].sort());
});

test.each(alarms)('the description of %s ends with a link to its heading', (name, description) => {
  const [, anchor = ''] = /^.+\. See docs\/operations\.md#(\w+)$/.exec(description) ?? [];
  expect(anchor).toBe(sectionOf(name).toLowerCase());
  expect(anchorsIn(RUNBOOK)).toContain(anchor);
});
