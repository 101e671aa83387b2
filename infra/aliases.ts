import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../lib/routes.ts';
import type { StageFunctions } from './create-function.ts';

/** The alias of the version that callers reach. */
export const LIVE = 'live';

/** The functions that are called by their alias; `docs` is missing where it is switched off. */
export type StageAliases = Record<Exclude<FunctionName, 'docs' | 'rotate-admin-token'>, Alias> & {
  readonly docs?: Alias;
};

/**
 * Creates the alias of each function but rotate-admin-token, because AWS does not document that
 * Secrets Manager accepts an alias as `RotationLambdaARN`:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export function createAliases(functions: StageFunctions): StageAliases {
  const { 'rotate-admin-token': _, ...others } = functions;
  return Object.fromEntries(
    Object.entries<LambdaFunction>(others).map(([name, called]) => [name, called.addAlias(LIVE)]),
  ) as StageAliases;
}
