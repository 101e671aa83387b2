import * as z from 'zod/mini';
import { DEFAULTS } from './stage-defaults.ts';
import { text } from './stage-fields.ts';
import { type StageSettings, settingsOf } from './stage-settings.ts';

// Production and the other stages refuse each other's keys, because a key in the wrong environment
// may have leaked: the alarm environmentMismatches reports each attempt.
const onlyProductionKeys = z.refine<StageSettings>(
  ({ keyEnvironments }) => keyEnvironments.every((environment) => environment === 'production'),
  { path: ['keyEnvironments'], error: 'must be production, and nothing else' },
);
const noProductionKeys = z.refine<StageSettings>(
  ({ keyEnvironments }) => !keyEnvironments.includes('production'),
  { path: ['keyEnvironments'], error: 'must not list production' },
);

// Anyone who knows a key_id could otherwise report usage for it and exhaust its monthly limit.
const limitedOpenUsage = z.refine<StageSettings>(
  ({ usageAuth, usageAddresses }) => usageAuth !== 'open' || usageAddresses !== undefined,
  { path: ['usageAddresses'], error: 'is required when usageAuth is open' },
);

const accountWithRegion = z.refine<StageSettings>(
  ({ account, region }) => (account === undefined) === (region === undefined),
  { path: ['account'], error: 'and region must be set both, or neither' },
);
// A copy names its vault by account and region.
const copyElsewhere = z.refine<StageSettings>(
  ({ backup, region }) => !backup?.copyTo || (region !== undefined && backup.copyTo !== region),
  {
    path: ['backup', 'copyTo'],
    error: "must be another region than the stage's, which account and region must set",
  },
);

const ofEvery = [accountWithRegion, copyElsewhere] as const;

/** The settings of one stage, as cdk.json has them: `kind` picks the schema with its defaults. */
const stageSchema = z.discriminatedUnion(
  'kind',
  [
    settingsOf('development').check(noProductionKeys, ...ofEvery),
    settingsOf('test').check(noProductionKeys, ...ofEvery),
    settingsOf('production').check(onlyProductionKeys, limitedOpenUsage, ...ofEvery),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' && input !== null && !Array.isArray(input)
        ? `must be one of ${Object.keys(DEFAULTS).join(', ')}`
        : 'must be an object with the settings of the stage',
  },
);

/** The `stages` of cdk.json's context. Names are short enough for the names of stacks. */
export const stagesSchema = z
  .record(
    text(
      // Other stacks have these names.
      /^(?!pipeline-)(?!.*-backups$)[a-z][a-z0-9-]{0,39}$/,
      'its name must be a letter and up to 39 of a-z, 0-9 and -, without pipeline-… and …-backups',
    ),
    stageSchema,
    { error: 'must be an object with the settings of each stage by its name' },
  )
  .check(z.refine((stages) => Object.keys(stages).length > 0, { error: 'must have a stage' }));
