import * as z from 'zod/mini';
import { isAllowlistEntry } from '../domain/allowlist.ts';
import { ENVIRONMENTS, maskKeysIn } from '../domain/key.ts';
import type { KeyConfiguration } from '../domain/record.ts';

/** A bound for a key's item: each kilobyte of it is a write unit of every validation. */
const MAX_ENTRIES = 256;

/** Control and separator characters and halves of surrogate pairs: invisible in a listing, trouble in a log. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** RFC 6749 section 3.3: a scope token. */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;

/** A key pasted into the wrong field would stand there in the clear. */
const noKey = z.refine<string>((value) => maskKeysIn(value) === value, {
  error: 'must not contain an API key',
});

const text = (max: number) => {
  const error = orRequired(
    `must be text of 1 to ${max} characters, none of them control characters`,
  );
  return z.string({ error }).check(
    z.refine(
      (value) => value.trim() !== '' && [...value].length <= max && !UNPRINTABLE.test(value),
      { error },
    ),
    noKey,
  );
};

const integer = (min: number, max: number) => {
  const error = orRequired(`must be a whole number from ${min} to ${max}`);
  return z
    .number({ error })
    .check(z.refine((n) => Number.isInteger(n) && n >= min && n <= max, { error }));
};

/** One of a closed set of words. */
export const oneOf = <const T extends string>(values: readonly T[]) =>
  z.enum(values, { error: orRequired(`must be one of: ${values.join(', ')}`) });

const boolean = z.boolean({ error: 'must be true or false' });

const listOf = (entry: z.ZodMiniType<string>, what: string) => {
  const error = `must be a list of at most ${MAX_ENTRIES} ${what}`;
  return z.array(entry, { error }).check(z.maxLength(MAX_ENTRIES, { error }));
};

const scope = z.string({ error: 'must be text' }).check(
  noKey,
  z.regex(SCOPE, {
    error: 'must be 1 to 100 printable ASCII characters without space, " and \\',
  }),
);

const allowlistEntry = z.string({ error: 'must be text' }).check(
  z.refine(isAllowlistEntry, {
    error: ({ input }) => `${JSON.stringify(input)} is not an IPv4 or IPv6 address or CIDR range`,
  }),
);

/** A field of a request body that only has to be text. */
const anyText = z.string({ error: 'must be text' });

/** What an administrator may set at any time. An empty allowlist is none: any address. */
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
  expires_in_days: integer(1, 365),
};

/**
 * The body that creates a key.
 * @param services and `environments`: those this deployment serves, as a key for another could never be used
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
    rate_limit_per_hour: z._default(changeable.rate_limit_per_hour, 1000),
    billing_plan: z._default(changeable.billing_plan, 'free'),
    overage_allowed: z._default(boolean, false),
    allowed_ips: z._default(changeable.allowed_ips, null),
    monthly_prediction_limit: z._default(z.nullable(changeable.monthly_prediction_limit), null),
    expires_in_days: z._default(z.nullable(changeable.expires_in_days), null),
  });
}

/** The body that changes a key: any of the fields, but at least one. */
export const updateBody = z.partial(body(changeable)).check(
  z.refine((changes) => Object.keys(changes).length > 0, {
    error: `changes nothing; give at least one of ${Object.keys(changeable).join(', ')}; null is the same as leaving a field out`,
    when: ({ issues }) => issues.length === 0,
  }),
);

/** The body that rotates a key. A week of grace at most. */
export const rotateBody = body({ grace_period_minutes: z._default(integer(0, 10_080), 0) });

/** The body of a validation. What is compared is compared as it is, so any text will do. */
export const validateBody = z.partial(
  body({
    api_key: anyText,
    service_id: anyText,
    required_scope: anyText,
    client_ip: anyText,
    environment: anyText,
  }),
);

/** An object that takes no field but these: a misspelt restriction is an error, not a wider key. */
function body<Shape extends Record<string, z.ZodMiniType>>(shape: Shape) {
  return z.strictObject(shape, { error: 'must be a JSON object' });
}

function orRequired(message: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? 'is required' : message);
}
