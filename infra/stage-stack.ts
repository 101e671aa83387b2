import { DefaultStackSynthesizer, type Environment, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { isKept, SERVICE, type Stage } from './stages.ts';

/** A stack of a stage. Its resources have tags, so that bills and policies can tell them apart. */
export class StageStack extends Stack {
  /** @param env where it is empty, the shell's profile decides, and the template names neither */
  constructor(scope: Construct, id: string, stage: Stage, description: string, env: Environment) {
    super(scope, id, {
      description: `Hokusai API keys, ${description}`,
      env,
      terminationProtection: isKept(stage),
      // One synthesizer per stack: with a common one, each stack publishes the bundles of all.
      // The CLI checks the bootstrap version; a rule in the template would add an SSM parameter.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });
    Tags.of(this).add('service', SERVICE);
    Tags.of(this).add('stage', stage.name);
    if (stage.costCenter) Tags.of(this).add('cost-center', stage.costCenter);
  }
}
