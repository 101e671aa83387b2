import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import recommendedFeatureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with {
  type: 'json',
};
import { AwsSolutionsChecks } from 'cdk-nag';
import { BackupCopies } from './backups.ts';
import { buildBundles, copyWithoutMaps } from './bundles.ts';
import { readPipeline } from './pipeline.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { ApiKeysStack } from './stack.ts';
import { readStages, stackName } from './stages.ts';

const app = new App({ context: recommendedFeatureFlags, analyticsReporting: false });
const stages = orExit(() => readStages(app.node.tryGetContext('stages')));
const pipeline = orExit(() => readPipeline(app.node.tryGetContext('pipeline'), stages));
let built: string | undefined;
for (const sourceMaps of [true, false]) {
  const sharing = stages.filter((stage) => stage.sourceMaps === sourceMaps);
  const bundles = join(app.outdir, sourceMaps ? 'bundles-mapped' : 'bundles');
  if (sharing.length === 0) continue;
  if (built) await copyWithoutMaps(built, bundles);
  else await buildBundles(bundles, sourceMaps);
  built = bundles;
  for (const stage of sharing) {
    const stack = new ApiKeysStack(app, stackName(stage), stage, bundles);
    // The vault of the copies must exist before the first backup is copied.
    if (stage.backup?.copyTo) {
      stack.addStackDependency(new BackupCopies(app, stage, stage.backup.copyTo));
    }
  }
}
if (pipeline) {
  const accounts = new Set(pipeline.stages.map(({ account }) => account));
  for (const account of accounts) new PipelineStack(app, pipeline, account);
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/** Ends the process with the message of an error, without its stack. */
function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
