import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { isAllowlistEntry } from '../lib/domain/allowlist.ts';
import { ENVIRONMENTS } from '../lib/domain/key.ts';
import { USAGE_AUTH } from '../lib/environment.ts';

const STAGES = ['development', 'test', 'production'] as const;

const NAMES = ENVIRONMENTS.join(', ');

const whole = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).check(z.minimum(minimum, { error }), z.maximum(maximum, { error }));
};
/** Also says what is wanted where the value is of another type or missing. */
const listOf = <T extends z.ZodMiniType>(item: T, what: string) => {
  const error = `must list at least one of ${what}`;
  return z.array(item, { error }).check(z.minLength(1, { error }));
};
const object = <Shape extends Record<string, z.ZodMiniType>>(shape: Shape) =>
  z.strictObject(shape, { error: `must be an object with ${Object.keys(shape).join(', ')}` });
const text = (pattern: RegExp, error: string) =>
  z.string({ error }).check(z.regex(pattern, { error }));

/** The alarms count in steps of 5 minutes, and CloudWatch then looks back a day at most. */
const MINUTES = 'must be a multiple of 5 from 5 to 1440';
const minutes = z
  .int({ error: MINUTES })
  .check(
    z.multipleOf(5, { error: MINUTES }),
    z.minimum(5, { error: MINUTES }),
    z.maximum(1440, { error: MINUTES }),
  );

const SHARE = 'must be more than 0 and at most 1';
const fraction = z
  .number({ error: SHARE })
  .check(z.gt(0, { error: SHARE }), z.maximum(1, { error: SHARE }));

const ADDRESS = 'must be an IPv4 or IPv6 address or CIDR range';

const RETENTION =
  'must be a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, …';

/** Lambda's own bounds, in MB. */
const memory = whole(128, 10_240);

/** Requests a second; API Gateway gives an account 10,000 in a region unless it is asked for more. */
const throttle = object({ rate: whole(1, 100_000), burst: whole(1, 100_000) });

/** From what number in 5 minutes on an alarm goes off. */
const count = whole(1, 1_000_000_000);

/** From what value on each alarm goes off, by the alarm's name. */
const alarms = object({
  adminAuthenticationFailures: count,
  /** `count` are too many when they are `share` of all, or when they are `flood`. */
  failedValidations: object({ count, share: fraction, flood: count }),
  environmentMismatches: count,
  serverErrors: count,
  /** In milliseconds. */
  slowValidations: whole(1, 60_000),
  throttledDatabase: count,
  throttledCallers: count,
  throttledFunctions: count,
  /** Executions at the same time, of all functions of the account. */
  concurrency: count,
  failedTokenRotation: count,
  failedDueReport: count,
  /** In seconds that the oldest usage report has waited to be added to the totals. */
  laggingUsage: whole(1, 43_200),
  lostUsage: count,
  unreadableReports: count,
  /** In hours without a report, which comes every 24; CloudWatch looks back a week at most. */
  missingDueReport: whole(25, 168),
  /** In minutes without a validation; left out, silence is no alarm. */
  noTraffic: z.optional(minutes),
});

const stageSettings = object({
  /** Whose keys are issued and accepted. */
  keyEnvironments: listOf(z.enum(ENVIRONMENTS, { error: `must be one of ${NAMES}` }), NAMES),
  services: listOf(
    text(/^[\w-]{1,64}$/, 'must be letters, digits, - and _, 64 at most'),
    'the services',
  ),
  /** Fewer than 10 are too few against a stolen table, more than 13 too slow where bcrypt has to decide. */
  bcryptRounds: whole(10, 13),
  /** Who may report usage: the key itself and administrators, or anyone. */
  usageAuth: z.enum(USAGE_AUTH, { error: `must be ${USAGE_AUTH.join(' or ')}` }),
  /** From where anyone may, when `usageAuth` is open; left out, from everywhere. */
  usageAddresses: z.optional(
    listOf(
      z.string({ error: ADDRESS }).check(z.refine(isAllowlistEntry, { error: ADDRESS })),
      'the addresses and CIDR ranges',
    ),
  ),
  /** For validation, for each of the usage reports' routes, and for each of the administrators' and public others. */
  throttling: object({ validation: throttle, usage: throttle, admin: throttle }),
  /** Concurrency reserved for revoke-key, and the cap of each function that takes usage reports; 0 sets none. */
  concurrency: object({ revoke: whole(0, 10_000), usage: whole(0, 10_000) }),
  /** In MB; the functions that run bcrypt need a processor, which Lambda gives with memory. */
  memory: object({ service: memory, bcrypt: memory, other: memory }),
  logRetentionDays: z
    .number({ error: RETENTION })
    .check(z.refine((days) => days in RetentionDays, { error: RETENTION })),
  adminTokenRotationDays: whole(1, 1000),
  /** Whether errors in the logs show lines of the source; such a package is four to five times as large. */
  sourceMaps: z.boolean({ error: 'must be true or false' }),
  alarms,
  /** Who is told when an alarm goes off; without it, whoever subscribes to the topic. */
  alarmEmail: z.optional(z.email({ error: 'must be an email address' })),
  domain: z.optional(
    object({
      name: text(
        /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
        'must be a host name',
      ),
      certificateArn: text(
        /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
        'must be the ARN of a certificate',
      ),
    }),
  ),
});

/** A key of one must never work in the other: that it is presented there is what the alarm is for. */
const ownKeys = z.refine<z.output<typeof stageSettings>>(
  ({ keyEnvironments }) => keyEnvironments.join() === 'production',
  { path: ['keyEnvironments'], error: 'must be production, and nothing else' },
);
const noProductionKeys = z.refine<z.output<typeof stageSettings>>(
  ({ keyEnvironments }) => !keyEnvironments.includes('production'),
  { path: ['keyEnvironments'], error: 'must not list production' },
);

/** Whoever knows a key_id could report usage for it, and use up what its owner pays for. */
const notOpenToAll = z.refine<z.output<typeof stageSettings>>(
  ({ usageAuth, usageAddresses }) => usageAuth !== 'open' || usageAddresses !== undefined,
  {
    path: ['usageAddresses'],
    error: 'must say from where usage may be reported, as usageAuth is open',
  },
);

const stagesSettings = object({
  development: stageSettings.check(noProductionKeys),
  test: stageSettings.check(noProductionKeys),
  production: stageSettings.check(ownKeys, notOpenToAll),
});

export type Stage = z.output<typeof stageSettings> & { readonly name: (typeof STAGES)[number] };

/**
 * Reads the stages from the `stages` of cdk.json's context.
 * @throws Error with a line for everything that is wrong with them
 */
export function readStages(context: unknown): Stage[] {
  const result = stagesSettings.safeParse(context);
  if (result.success) return STAGES.map((name) => ({ name, ...result.data[name] }));
  const lines = result.error.issues.map((issue) => {
    const path = ['stages', ...issue.path].join('.');
    return issue.code === 'unrecognized_keys'
      ? `${path}: does not know ${issue.keys.join(', ')}`
      : `${path}: ${issue.message}`;
  });
  throw new Error(`cdk.json can't be used:\n  ${lines.join('\n  ')}`);
}

/** Whether what the stage holds outlives a mistake: its tables, secrets and logs. */
export function isKept({ name }: Stage): boolean {
  return name === 'production';
}

/** What becomes of it when the stack no longer has it. */
export function removalPolicyOf(stage: Stage): RemovalPolicy {
  return isKept(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
