import { RemovalPolicy } from 'aws-cdk-lib';
import type * as z from 'zod/mini';
import { stagesSchema } from './stage-schema.ts';
import type { StageSettings } from './stage-settings.ts';

/** The value of the tag `service`, and the beginning of the names of all stacks. */
export const SERVICE = 'hokusai-api-keys';

export type Stage = StageSettings & { readonly name: string };

/**
 * Reads the stages from the `stages` of cdk.json's context, and fills in the defaults.
 * @throws Error with one line for each invalid setting
 */
export function readStages(context: unknown): Stage[] {
  const stages = readContext('stages', stagesSchema, context);
  return Object.entries(stages).map(([name, settings]) => ({ name, ...settings }));
}

/**
 * Reads a value of cdk.json's context by its schema.
 * @throws Error with one line for each invalid setting
 */
export function readContext<T extends z.ZodMiniType>(
  name: string,
  schema: T,
  context: unknown,
): z.output<T> {
  const result = schema.safeParse(context);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const path = [name, ...issue.path].join('.');
    return issue.code === 'unrecognized_keys'
      ? `${path}: has no setting ${issue.keys.join(', ')}`
      : `${path}: ${issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message}`;
  });
  throw new Error(`cdk.json is invalid:\n  ${lines.join('\n  ')}`);
}

/** Returns whether tables, secrets and logs are kept when they are removed from the stack. */
export function isKept({ kind }: Stage): boolean {
  return kind === 'production';
}

/** Returns the removal policy of the stage's tables, secrets and logs. */
export function removalPolicyOf(stage: Stage): RemovalPolicy {
  return isKept(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

/** Returns the same, except for what a deployment has made that fails: that is deleted. */
export function keptUnlessNew(stage: Stage): RemovalPolicy {
  return isKept(stage) ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/** Returns the name of the stage's stack. */
export function stackName({ name }: Stage): string {
  return `${SERVICE}-${name}`;
}
