import { RemovalPolicy } from 'aws-cdk-lib';
import { type StageSettings, stagesSchema } from './stage-schema.ts';

export type Stage = StageSettings & { readonly name: string };

/**
 * Reads the stages from the `stages` of cdk.json's context, and fills in the defaults.
 * @throws Error with one line for each invalid setting
 */
export function readStages(context: unknown): Stage[] {
  const result = stagesSchema.safeParse(context);
  if (result.success) {
    return Object.entries(result.data).map(([name, settings]) => ({ name, ...settings }));
  }
  const lines = result.error.issues.map((issue) => {
    const path = ['stages', ...issue.path].join('.');
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
