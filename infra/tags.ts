import { type Stack, Tags } from 'aws-cdk-lib';
import { SERVICE, type Stage } from './stages.ts';

/** Tags every resource of the stack, so that bills and policies can tell them apart. */
export function tag(stack: Stack, { name, costCenter }: Stage): void {
  Tags.of(stack).add('service', SERVICE);
  Tags.of(stack).add('stage', name);
  if (costCenter) Tags.of(stack).add('cost-center', costCenter);
}
