import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import recommendedFeatureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with {
  type: 'json',
};
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildBundles } from './bundles.ts';
import { ApiKeysStack } from './stack.ts';
import { readStages, type Stage } from './stages.ts';

const app = new App({ context: recommendedFeatureFlags, analyticsReporting: false });
const stages = stagesOrExit();
for (const sourceMaps of [true, false]) {
  const sharing = stages.filter((stage) => stage.sourceMaps === sourceMaps);
  const bundles = join(app.outdir, sourceMaps ? 'bundles-mapped' : 'bundles');
  if (sharing.length > 0) await buildBundles(bundles, sourceMaps);
  for (const stage of sharing) {
    new ApiKeysStack(app, `hokusai-api-keys-${stage.name}`, stage, bundles);
  }
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

function stagesOrExit(): Stage[] {
  try {
    return readStages(app.node.tryGetContext('stages'));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
