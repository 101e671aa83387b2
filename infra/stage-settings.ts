import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { isAllowlistEntry } from '../lib/domain/allowlist.ts';
import { ENVIRONMENTS } from '../lib/domain/key.ts';
import { MAX_LEASE_MS } from '../lib/domain/lease.ts';
import { USAGE_AUTH } from '../lib/environment.ts';
import { alarmSettings } from './alarm-settings.ts';
import { DEFAULTS, type Kind } from './stage-defaults.ts';
import {
  described,
  flag,
  group,
  listOf,
  object,
  optional,
  orElse,
  text,
  wholeNumber,
} from './stage-fields.ts';

const ENVIRONMENT_NAMES = ENVIRONMENTS.join(', ');
const ADDRESS = 'must be an IPv4 or IPv6 address or CIDR range';
const RETENTION =
  'must be a number of days that CloudWatch Logs supports: 1, 3, 5, 7, 14, 30, 60, 90, …';
/** The description of an alarm holds 1,024 characters, the link among them. */
const RUNBOOK = 'must be an https URL of up to 500 characters, without #';
const EMAIL = 'must be an email address';
const CANARY = 'must be false or {"percent": 1 to 99, "minutes": 1 to 2880}';

const memory = wholeNumber(128, 10_240);
/** The default quota of API Gateway is 10,000 requests per second per account and region. */
const perSecond = wholeNumber(1, 100_000);
const executions = wholeNumber(0, 10_000);
const region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as "us-east-1"');
export const account = text(/^\d{12}$/, 'must be the 12 digits of an account id, in quotes');

function throttle(requests: string, { rate, burst }: { rate: number; burst: number }) {
  return group({
    rate: orElse(perSecond, rate, `Requests per second ${requests}.`),
    burst: orElse(perSecond, burst, `Size of a burst ${requests}.`),
  });
}

/** Returns the schema of the settings of a stage, with the defaults of its kind. */
export function settingsOf<K extends Kind>(kind: K) {
  const of = DEFAULTS[kind];
  return object({
    kind: described(z.literal(kind), 'Decides protection and the defaults.'),
    keyEnvironments: orElse(
      listOf(
        z.enum(ENVIRONMENTS, { error: `must be one of ${ENVIRONMENT_NAMES}` }),
        ENVIRONMENT_NAMES,
      ),
      [kind],
      'Environments whose keys the stage issues and accepts. `production` is for stages of the kind production, which allow nothing else.',
    ),
    services: orElse(
      listOf(text(/^[\w-]{1,64}$/, 'must be letters, digits, - and _, 64 at most'), 'the services'),
      ['prediction', 'platform', 'website'],
      'Services that keys can be issued for.',
    ),
    usageAuth: orElse(
      z.enum(USAGE_AUTH, { error: `must be ${USAGE_AUTH.join(' or ')}` }),
      'required',
      '`required`: usage reports need a key or a token. `open`: they need no credentials.',
    ),
    usageAddresses: optional(
      listOf(
        z.string({ error: ADDRESS }).check(z.refine(isAllowlistEntry, { error: ADDRESS })),
        'the addresses and CIDR ranges',
      ),
      'With `usageAuth: open`, the addresses and CIDR ranges that may report without credentials; all others need them. Without this setting, every address may. Required in production if `usageAuth` is `open`.',
    ),
    leaseMilliseconds: orElse(
      wholeNumber(0, MAX_LEASE_MS),
      1500,
      'Longest [lease](api.md#leases); `0` grants none. A change of a key that was ever leased takes as long.',
    ),
    // Below 10, hashes in a stolen table are too cheap to attack; above 13, bcrypt is too slow.
    bcryptRounds: orElse(
      wholeNumber(10, 13),
      of.bcryptRounds,
      'bcrypt cost of new keys, 10 to 13.',
    ),
    throttling: group({
      validation: throttle('of the validation route', of.throttling.validation),
      usage: throttle('of each of the two routes for usage reports', of.throttling.usage),
      admin: throttle('of each other route', { rate: 5, burst: 20 }),
    }),
    concurrency: group({
      revoke: orElse(
        executions,
        of.concurrency.revoke,
        'Executions reserved for revoke-key; `0` reserves none. See [Capacity](#capacity).',
      ),
      usage: orElse(
        executions,
        of.concurrency.usage,
        'The same for record-usage and for debit-usage. A reservation is also a cap.',
      ),
    }),
    // Lambda allocates CPU in proportion to memory, and bcrypt needs CPU.
    memory: group({
      service: orElse(
        memory,
        512,
        'MB for validate-key, explain-key, record-usage, debit-usage, list-keys and count-usage.',
      ),
      bcrypt: orElse(memory, 1769, 'MB for create-key, rotate-key and assess-posture.'),
      other: orElse(memory, 256, 'MB for the other functions.'),
    }),
    alarms: alarmSettings(of),
    alarmEmail: optional(z.email({ error: EMAIL }), 'Address that receives the alarms.'),
    dueKeysEmail: optional(
      z.email({ error: EMAIL }),
      'Address that receives the daily notice of keys due for rotation.',
    ),
    runbookUrl: optional(
      z
        .url({ protocol: /^https$/, error: RUNBOOK })
        .check(z.regex(/^[^#]{1,500}$/, { error: RUNBOOK })),
      'Address of docs/operations.md where your operators read it. Each alarm links to its section there.',
    ),
    adminTokenRotationDays: orElse(
      wholeNumber(1, 1000),
      of.adminTokenRotationDays,
      'Interval of the rotation of the admin token.',
    ),
    canary: orElse(
      z.union(
        [
          z.literal(false),
          z.strictObject({ percent: wholeNumber(1, 99), minutes: wholeNumber(1, 2880) }),
        ],
        { error: CANARY },
      ),
      of.canary,
      'Share of the requests, and the time, that a [release](#releases) is tried with. `false` releases all at once.',
    ),
    logRetentionDays: orElse(
      z
        .number({ error: RETENTION })
        .check(z.refine((days) => days in RetentionDays, { error: RETENTION })),
      of.logRetentionDays,
      'Retention of the logs, one of the values that CloudWatch Logs accepts.',
    ),
    platformLogs: orElse(
      flag,
      of.platformLogs,
      'Whether Lambda logs the start, the end and the duration of each call that succeeds. [Costs](costs.md#what-the-settings-cost) has what this and the next two cost.',
    ),
    accessLogs: orElse(
      flag,
      true,
      'Whether API Gateway logs each request, also those that it refuses.',
    ),
    tracing: orElse(flag, of.tracing, 'Whether X-Ray traces requests.'),
    sourceMaps: orElse(
      flag,
      of.sourceMaps,
      'Whether stack traces in the logs show lines of the source. It makes the deployment packages four to five times as large.',
    ),
    docs: orElse(
      flag,
      true,
      '`true` serves the API reference at `/docs` and `/openapi.json`, to anyone. With `false` these paths are answered with 404, and their function is not deployed.',
    ),
    domain: optional(
      object({
        name: described(
          text(
            /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
            'must be a host name',
          ),
          'Host name.',
        ),
        certificateArn: described(
          text(
            /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
            'must be the ARN of a certificate',
          ),
          'ARN of its certificate, which must be in the region of the stage.',
        ),
      }),
      'A [custom domain](#custom-domain) of the API.',
    ),
    backup: optional(
      object({
        days: orElse(wholeNumber(1, 3650), 35, 'Days that a daily backup is kept.'),
        copyTo: optional(region, 'Another region, which gets a copy of each backup.'),
      }),
      'Daily [backups](#backups) of all tables, beside point-in-time recovery.',
    ),
    costCenter: optional(
      text(/^[\w .:/=+@-]{1,256}$/, 'must be up to 256 of A-Z, a-z, 0-9, space and _.:/=+-@'),
      'Value of the tag `cost-center` of all resources.',
    ),
    account: pinned(kind, account, 'Account that the stage is deployed to, and to no other.'),
    region: pinned(kind, region, 'Region that the stage is deployed to, and to no other.'),
  });
}

/** Requires a setting in production, so that the shell's profile can't send it elsewhere. */
function pinned(kind: Kind, schema: z.ZodMiniString, description: string) {
  return kind === 'production' ? described(schema, description) : optional(schema, description);
}

/** The settings of a stage, after the defaults have been filled in. */
export type StageSettings = z.output<ReturnType<typeof settingsOf<Kind>>>;
