import { RemovalPolicy } from 'aws-cdk-lib';
import { type StageSettings, stagesSchema } from './stage-schema.ts';

const STAGES = ['development', 'test', 'production'] as const;

export type Stage = StageSettings & { readonly name: (typeof STAGES)[number] };

/**
 * Reads the stages from the `stages` of cdk.json's context.
 * @throws Error with one line for each invalid setting
 */
export function readStages(context: unknown): Stage[] {
  const result = stagesSchema.safeParse(context);
  if (result.success) return STAGES.map((name) => ({ name, ...result.data[name] }));
  const lines = result.error.issues.map((issue) => {
    const path = ['stages', ...issue.path].join('.');
    return issue.code === 'unrecognized_keys'
      ? `${path}: has no setting ${issue.keys.join(', ')}`
      : `${path}: ${issue.message}`;
  });
  throw new Error(`cdk.json is invalid:\n  ${lines.join('\n  ')}`);
}

/** Returns whether tables, secrets and logs are kept when they are removed from the stack. */
export function isKept({ name }: Stage): boolean {
  return name === 'production';
}

/** Returns the removal policy of the stage's tables, secrets and logs. */
export function removalPolicyOf(stage: Stage): RemovalPolicy {
  return isKept(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
