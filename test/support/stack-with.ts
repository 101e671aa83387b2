import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ApiKeysStack } from '../../infra/stack.ts';
import { readStages, type Stage } from '../../infra/stages.ts';
import { functionNames } from '../../lib/routes.ts';

export const PINNED = { account: '111122223333', region: 'us-east-1' };

/** Returns a stage with these settings and the defaults of its kind. */
export function stageOf(stage: object): Stage {
  const [read] = readStages({ any: stage });
  if (!read) throw new Error('no stage');
  return read;
}

/** Returns the stack of production with other settings and empty bundles. */
export function stackWith(other: Partial<Stage>, context = {}): ApiKeysStack {
  const bundles = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of functionNames) mkdirSync(join(bundles, name));
  const stage = { ...stageOf({ kind: 'production', ...PINNED }), ...other };
  const stack = new ApiKeysStack(new App({ context }), 'stack', stage, bundles);
  rmSync(bundles, { recursive: true });
  return stack;
}
