import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stackOf } from '../../infra/costs/deployed.ts';
import { readStages, type Stage } from '../../infra/stages.ts';
import { PINNED } from './project.ts';

/** Returns a stage with these settings and the defaults of its kind. */
export function stageOf(stage: object): Stage {
  const [read] = readStages({ any: stage });
  if (!read) throw new Error('no stage');
  return read;
}

/**
 * Returns an app that leaves CDK's own validation, which takes seconds to load and only warns, to
 * `cdk synth`.
 */
export const appWith = (context = {}) =>
  new App({
    context,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    stackTraces: false,
  });

/** Returns the stack of production with other settings and empty bundles. */
export const stackWith = (other: Partial<Stage>, context = {}) =>
  stackOf({ ...stageOf({ kind: 'production', ...PINNED }), ...other }, appWith(context));

const templates = new Map<string, Template>();

/** Returns the template of that stack, which is made once for the same settings. */
export function templateWith(other: Partial<Stage>, context = {}): Template {
  const settings = JSON.stringify([other, context]);
  const template = templates.get(settings) ?? Template.fromStack(stackWith(other, context));
  templates.set(settings, template);
  return template;
}
