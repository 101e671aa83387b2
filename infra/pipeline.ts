import * as z from 'zod/mini';
import { described, object, orElse, text } from './stage-fields.ts';
import { account } from './stage-settings.ts';
import { readContext, type Stage, stackName } from './stages.ts';

const REPOSITORY =
  'must be "owner/name", or "owner@id/name@id" if the tokens of the repository have the ids';
const ACCOUNTS = 'must be a list of account ids';

/** The `pipeline` of cdk.json's context. */
export const pipelineSchema = described(
  object({
    repository: described(
      text(/^([\w-]+\/[\w.-]+|[\w-]+@\d+\/[\w.-]+@\d+)$/, REPOSITORY),
      'The GitHub repository as the subject of its OIDC tokens names it: "owner/name", or "owner@id/name@id" for a repository that was created, renamed or transferred since 2026-07-15.',
    ),
    accountsWithProvider: orElse(
      z.array(account, { error: ACCOUNTS }),
      [],
      'Accounts that have the identity provider of GitHub Actions already. An account can have only one.',
    ),
  }),
  'Roles through which GitHub Actions deploys the stages. Each stage then needs account and region.',
);

/** A stage whose account and region are set. */
export type PinnedStage = Stage & { readonly account: string; readonly region: string };

export interface Pipeline extends z.output<typeof pipelineSchema> {
  readonly stages: readonly PinnedStage[];
}

/**
 * Reads the `pipeline` of cdk.json's context; returns undefined if there is none.
 * @throws Error with one line for each invalid setting
 */
export function readPipeline(context: unknown, stages: readonly Stage[]): Pipeline | undefined {
  if (context === undefined) return undefined;
  const settings = readContext('pipeline', pipelineSchema, context);
  const pinned = stages.map((stage) => {
    if (isPinned(stage)) return stage;
    throw new Error(
      `cdk.json is invalid:\n  stages.${stage.name}: needs account and region, because pipeline is set`,
    );
  });
  return { ...settings, stages: pinned };
}

export type Task = 'deploy' | 'diff';

/** Returns the name of the role that a job of the pipeline has; IAM allows 64 characters. */
export function roleName({ name }: Stage, task: Task): string {
  return `hokusai-pipeline-${name}-${task}`;
}

/**
 * Returns what the workflow needs to know about a stage, by the names of a step's outputs.
 * @throws Error if there is no such stage
 */
export function describeStage({ stages }: Pipeline, name: string | undefined) {
  const stage = stages.find((each) => each.name === name);
  if (!stage) throw new Error(`cdk.json has no stage ${name}.`);
  const { region, kind, keyEnvironments, services } = stage;
  return {
    stack: stackName(stage),
    region,
    kind,
    'deploy-role': roleArn(stage, 'deploy'),
    'diff-role': roleArn(stage, 'diff'),
    environment: keyEnvironments[0],
    service: services[0],
  };
}

function roleArn(stage: PinnedStage, task: Task): string {
  return `arn:aws:iam::${stage.account}:role/${roleName(stage, task)}`;
}

function isPinned(stage: Stage): stage is PinnedStage {
  return stage.account !== undefined && stage.region !== undefined;
}
