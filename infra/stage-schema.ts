import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { isAllowlistEntry } from '../lib/domain/allowlist.ts';
import { ENVIRONMENTS } from '../lib/domain/key.ts';
import { MAX_LEASE_MS } from '../lib/domain/lease.ts';
import { USAGE_AUTH } from '../lib/environment.ts';
import { listOf, minutes, object, share, text, wholeNumber } from './stage-fields.ts';

const NAMES = ENVIRONMENTS.join(', ');
const ADDRESS = 'must be an IPv4 or IPv6 address or CIDR range';
const RETENTION =
  'must be a number of days that CloudWatch Logs supports: 1, 3, 5, 7, 14, 30, 60, 90, …';

/** In MB, within Lambda's limits. */
const memory = wholeNumber(128, 10_240);

/** Requests per second; the default quota of API Gateway is 10,000 per account and region. */
const throttle = object({ rate: wholeNumber(1, 100_000), burst: wholeNumber(1, 100_000) });

const executions = wholeNumber(0, 10_000);

/** The number of events in 5 minutes at which an alarm goes off. */
const count = wholeNumber(1, 1_000_000_000);

/** The threshold of each alarm, by the alarm's name. */
const alarms = object({
  adminAuthenticationFailures: count,
  /** Goes off at `count` failures that are a `share` of all validations or reach `flood`. */
  failedValidations: object({ count, share, flood: count }),
  environmentMismatches: count,
  serverErrors: count,
  /** In milliseconds. */
  slowValidations: wholeNumber(1, 60_000),
  throttledDatabase: count,
  throttledCallers: count,
  throttledFunctions: count,
  /** Concurrent executions of all functions in the account. */
  concurrency: count,
  failedTokenRotation: count,
  failedDueReport: count,
  /** The age, in seconds, of the oldest usage report that is not yet in the totals. */
  laggingUsage: wholeNumber(1, 43_200),
  lostUsage: count,
  unreadableReports: count,
  /** In hours. The report is daily, and CloudWatch evaluates a week at most. */
  missingDueReport: wholeNumber(25, 168),
  /** In hours; the check of all keys is daily. */
  missingAssessment: wholeNumber(25, 168),
  /** In minutes without a validation; there is no such alarm by default. */
  noTraffic: z.optional(minutes),
});

const stageSettings = object({
  /** The environments whose keys the stage issues and accepts. */
  keyEnvironments: listOf(z.enum(ENVIRONMENTS, { error: `must be one of ${NAMES}` }), NAMES),
  services: listOf(
    text(/^[\w-]{1,64}$/, 'must be letters, digits, - and _, 64 at most'),
    'the services',
  ),
  /** Below 10, hashes in a stolen table are too cheap to attack; above 13, bcrypt is too slow. */
  bcryptRounds: wholeNumber(10, 13),
  /** `required` accepts usage reports from the key and administrators, `open` from anyone. */
  usageAuth: z.enum(USAGE_AUTH, { error: `must be ${USAGE_AUTH.join(' or ')}` }),
  /** The source addresses of open usage reports; any address by default. */
  usageAddresses: z.optional(
    listOf(
      z.string({ error: ADDRESS }).check(z.refine(isAllowlistEntry, { error: ADDRESS })),
      'the addresses and CIDR ranges',
    ),
  ),
  /** The longest lease of a validation; 0: none. A change of a leased key takes as long. */
  leaseMilliseconds: wholeNumber(0, MAX_LEASE_MS),
  /** For each route of its kind: `admin` is for all but validation and usage reports. */
  throttling: object({ validation: throttle, usage: throttle, admin: throttle }),
  /** Reserved concurrency of revoke-key and of each function that takes usage reports; 0: none. */
  concurrency: object({ revoke: executions, usage: executions }),
  /** Lambda allocates CPU in proportion to memory, and bcrypt needs CPU. */
  memory: object({ service: memory, bcrypt: memory, other: memory }),
  logRetentionDays: z
    .number({ error: RETENTION })
    .check(z.refine((days) => days in RetentionDays, { error: RETENTION })),
  adminTokenRotationDays: wholeNumber(1, 1000),
  /** Maps stack traces in the logs to the source; makes a package four to five times as large. */
  sourceMaps: z.boolean({ error: 'must be true or false' }),
  /** Whether the stage serves the API reference. */
  docs: z.boolean({ error: 'must be true or false' }),
  alarms,
  /** Receives the alarms; without it, only subscribers of the topic do. */
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

export type StageSettings = z.output<typeof stageSettings>;

// Production and the other stages refuse each other's keys, because a key in the wrong environment
// may have leaked: the alarm environmentMismatches reports each attempt.
const onlyProductionKeys = z.refine<StageSettings>(
  ({ keyEnvironments }) => keyEnvironments.join() === 'production',
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

/** The `stages` of cdk.json's context. */
export const stagesSchema = object({
  development: stageSettings.check(noProductionKeys),
  test: stageSettings.check(noProductionKeys),
  production: stageSettings.check(onlyProductionKeys, limitedOpenUsage),
});
