import { App } from 'aws-cdk-lib';
import { stackOf } from '../../infra/costs/deployed.ts';
import { readStages, type Stage } from '../../infra/stages.ts';
import { PINNED } from './project.ts';

/** Returns a stage with these settings and the defaults of its kind. */
export function stageOf(stage: object): Stage {
  const [read] = readStages({ any: stage });
  if (!read) throw new Error('no stage');
  return read;
}

/** Returns the stack of production with other settings and empty bundles. */
export const stackWith = (other: Partial<Stage>, context = {}) =>
  stackOf({ ...stageOf({ kind: 'production', ...PINNED }), ...other }, new App({ context }));
