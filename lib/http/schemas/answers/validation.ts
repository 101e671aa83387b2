import * as z from 'zod/mini';
import type { RefusalCode } from '../../../domain/decide.ts';
import { count, describe, time, timeOrNull, uuid, type Wire } from './fields.ts';
import { keyInfo } from './keys.ts';

const rateLimit = describe(
  z.object({
    limit: count('`rate_limit_per_hour` of the key.'),
    remaining: count('Accepted validations that are left in this hour.'),
    reset_at: time('When the next hour begins.'),
  }),
  'The hourly limit after this validation.',
);

const { shape: ofKey } = keyInfo;

/** What a valid key grants. */
const grant = {
  key_id: uuid('Identifies the key; report its usage under this id.'),
  user_id: ofKey.user_id,
  service_id: ofKey.service_id,
  scopes: describe(
    z.array(z.string()),
    'The scopes of the key; without any it has full access within its service.',
  ),
  rate_limit_per_hour: ofKey.rate_limit_per_hour,
  billing_plan: describe(z.string(), 'The billing plan of the key.'),
  monthly_prediction_limit: ofKey.monthly_prediction_limit,
  environment: ofKey.environment,
  expires_at: timeOrNull(
    'Until when the key is valid: its expiry or the end of its grace period, whichever is first; null is forever.',
  ),
  rate_limit: rateLimit,
};

const lease = describe(
  z.object({
    requests: count('How many requests the answer is for, this one included.'),
    milliseconds: count('How long the answer may be used, from before the request was sent.'),
  }),
  'How often and how long the answer may be used; null if it is for this request only.',
);

export const validKey = describe(
  z.object({ is_valid: z.literal(true), ...grant, lease: z.optional(z.nullable(lease)) }),
  'The key may be used for the request.',
  { id: 'ValidKey' },
);

export type Grant = Omit<Wire<typeof validKey>, 'is_valid' | 'lease'>;

/**
 * Makes the schema of a refusal.
 * @param refusals the codes of a status, each with its sentence in `error`
 */
export function refusedKey(refusals: ReadonlyMap<RefusalCode, string>) {
  const nulls: Record<keyof typeof grant, z.ZodMiniNull> = {
    key_id: z.null(),
    user_id: z.null(),
    service_id: z.null(),
    scopes: z.null(),
    rate_limit_per_hour: z.null(),
    billing_plan: z.null(),
    monthly_prediction_limit: z.null(),
    environment: z.null(),
    expires_at: z.null(),
    rate_limit: z.null(),
  };
  return z.object({
    is_valid: z.literal(false),
    ...nulls,
    error: describe(z.enum([...refusals.values()]), 'The reason, for people.'),
    code: describe(z.enum([...refusals.keys()]), 'The reason, for programs.'),
  });
}

/** The fields of a grant, all null. */
export type NoGrant = { readonly [field in keyof Grant]: null };
