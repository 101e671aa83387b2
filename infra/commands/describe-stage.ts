import { readFileSync } from 'node:fs';
import { describeStage, readPipeline } from '../pipeline.ts';
import { readStages } from '../stages.ts';

// Prints what the workflow needs to know about a stage, as lines for $GITHUB_OUTPUT.
const [name] = process.argv.slice(2);
try {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const pipeline = readPipeline(context.pipeline, readStages(context.stages));
  if (!pipeline) throw new Error('cdk.json has no pipeline. See docs/operations.md#pipeline.');
  for (const [output, value] of Object.entries(describeStage(pipeline, name))) {
    console.log(`${output}=${value}`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
