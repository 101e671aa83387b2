import * as z from 'zod/mini';
import { isAllowlistEntry } from '../../domain/allowlist.ts';
import { ENVIRONMENTS } from '../../domain/key.ts';
import type { KeyConfiguration } from '../../domain/record.ts';
import { USE_CASE_NAMES } from '../../domain/use-case.ts';
import { anyText, body, integer, noKey, oneOf, text } from './fields.ts';

/** Limits a key's item, of which every validation pays a write unit per kilobyte. */
const MAX_ENTRIES = 256;

/** RFC 6749 section 3.3: a scope token. */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;

const boolean = z.boolean({ error: 'must be true or false' });

const listOf = (entry: z.ZodMiniType<string>, what: string) => {
  const error = `must be a list of at most ${MAX_ENTRIES} ${what}`;
  return z.array(entry, { error }).check(z.maxLength(MAX_ENTRIES, { error }));
};

const scope = anyText.check(
  noKey,
  z.regex(SCOPE, {
    error: 'must be 1 to 100 printable ASCII characters without space, " and \\',
  }),
);

const allowlistEntry = anyText.check(
  z.refine(isAllowlistEntry, {
    error: ({ input }) => `${JSON.stringify(input)} is not an IPv4 or IPv6 address or CIDR range`,
  }),
);

/** The fields that may be set at any time. An empty allowlist allows any address. */
const changeable = {
  name: text(100),
  scopes: listOf(scope, 'scopes'),
  allowed_ips: z.pipe(
    listOf(allowlistEntry, 'addresses and CIDR ranges'),
    z.transform((entries) => (entries.length > 0 ? entries : null)),
  ),
  rate_limit_per_hour: integer(10, 100_000),
  monthly_prediction_limit: integer(1, Number.MAX_SAFE_INTEGER),
  overage_allowed: boolean,
  billing_plan: text(100),
  use_case: oneOf(USE_CASE_NAMES),
  expires_in_days: integer(1, 365),
};

/**
 * Makes the schema of the body that creates a key.
 * @param services the services of this deployment: a key for another could never be used
 * @param environments likewise, its environments
 */
export function createBody(
  services: readonly string[],
  environments: readonly KeyConfiguration['environment'][],
) {
  const environment = oneOf(ENVIRONMENTS).check(
    z.refine((value) => environments.includes(value), {
      error: `this deployment accepts only keys for: ${environments.join(', ')}`,
    }),
  );
  return body({
    ...changeable,
    service_id: oneOf(services),
    user_id: z._default(text(100), 'admin'),
    environment: z.prefault(environment, 'production'),
    scopes: z._default(changeable.scopes, []),
    rate_limit_per_hour: z.optional(changeable.rate_limit_per_hour),
    billing_plan: z._default(changeable.billing_plan, 'free'),
    use_case: z._default(z.nullable(changeable.use_case), null),
    overage_allowed: z._default(boolean, false),
    allowed_ips: z._default(changeable.allowed_ips, null),
    monthly_prediction_limit: z._default(z.nullable(changeable.monthly_prediction_limit), null),
    expires_in_days: z._default(z.nullable(changeable.expires_in_days), null),
  });
}

const updatable = { ...changeable, suspended: boolean };

/** The body that changes a key: at least one of the fields. */
export const updateBody = z.partial(body(updatable)).check(
  z.refine((changes) => Object.keys(changes).length > 0, {
    error: `changes nothing; give at least one of ${Object.keys(updatable).join(', ')}; null is the same as leaving a field out`,
    when: ({ issues }) => issues.length === 0,
  }),
);

/** The reason for a revocation or rotation, for the audit trail. */
const reason = z.optional(text(500));

/** The body that rotates a key. The grace period is a week at most. */
export const rotateBody = body({
  grace_period_minutes: z._default(integer(0, 10_080), 0),
  reason,
});

/** The body that revokes a key. */
export const revokeBody = body({ reason });
