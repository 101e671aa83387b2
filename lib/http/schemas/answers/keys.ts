import * as z from 'zod/mini';
import { ENVIRONMENTS, KEY_SHAPE } from '../../../domain/key.ts';
import { USE_CASE_NAMES } from '../../../domain/use-case.ts';
import { count, describe, time, timeOrNull, uuid, uuidOrNull, type Wire } from './fields.ts';

const addressUse = z.object({
  address: describe(z.string(), 'An IPv4 or IPv6 address.'),
  last_used_at: time('The last accepted validation from it.'),
});

export const keyInfo = describe(
  z.object({
    key_id: uuid('Identifies the key; not secret.'),
    name: describe(z.string(), 'For people; need not be unique.'),
    key_prefix: describe(z.string(), 'The start of the key, which may be shown anywhere.'),
    user_id: describe(z.string(), 'The owner of the key.'),
    service_id: describe(z.string(), 'The service that the key is for.'),
    scopes: describe(
      z.array(z.string()),
      'What the key may be used for. A key without scopes has full access within its service.',
    ),
    environment: describe(z.enum(ENVIRONMENTS), 'The environment that the key is for.'),
    is_active: describe(
      z.boolean(),
      'False once the key is revoked or its grace period is over, and while it is suspended. It ignores expiry; check `expires_at` too.',
    ),
    rate_limit_per_hour: count('Accepted validations per clock hour (UTC).'),
    monthly_prediction_limit: describe(
      z.nullable(z.int().check(z.minimum(1))),
      'Predictions per month (UTC); null is no limit.',
    ),
    overage_allowed: describe(
      z.boolean(),
      'If true, validations and debits are not refused at the monthly limit. Predictions over the limit are billed in either case.',
    ),
    billing_plan: describe(z.string(), 'Free text, which the service does not interpret.'),
    use_case: describe(
      z.nullable(z.enum(USE_CASE_NAMES)),
      'What the key is used for, as an administrator has said.',
    ),
    allowed_ips: describe(
      z.nullable(z.array(z.string())),
      'The IPv4 and IPv6 addresses and CIDR ranges that may use the key; null is any address.',
    ),
    created_at: time('When the key was created.'),
    expires_at: timeOrNull('From this time on the key is refused; null is never.'),
    last_used_at: timeOrNull('The last accepted validation; null if there was none.'),
    rotation_due_at: timeOrNull(
      'When the key should be rotated: 90 days after its creation in production, 180 in test; null in development. Not enforced.',
    ),
    rotated_to: uuidOrNull('The successor of a rotated key.'),
    rotated_from: uuidOrNull('The predecessor that this key replaced.'),
    revoked_at: timeOrNull(
      'When the key was revoked, or the end of its grace period, which may be in the future.',
    ),
    suspended_at: timeOrNull('Since when the key is suspended; null if it is not.'),
    used_from: describe(
      z.nullable(z.array(addressUse)),
      'Where a rotated key was used from in its grace period: about the last five addresses, newest first. Each is what the validation said of its client, so whoever has the key can make one up. Null for a key that had no grace period.',
    ),
  }),
  'A key as administrators see it. It contains neither the key itself nor a hash of it.',
  { id: 'ApiKeyInfo' },
);

export type KeyInfo = Wire<typeof keyInfo>;

export const keyList = z.array(keyInfo);

export const issuedKey = describe(
  z.object({
    api_key: describe(
      z.string(),
      'The key. Only this answer contains it, because the service stores only hashes of keys.',
      { pattern: KEY_SHAPE.source, format: 'password' },
    ),
    key_id: uuid('Identifies the key; not secret.'),
    key_info: keyInfo,
  }),
  'A new key.',
  { id: 'IssuedKey' },
);

export const keyRevoked = z.object({ message: z.literal('API key revoked successfully') });
