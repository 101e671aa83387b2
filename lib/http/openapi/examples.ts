import type { KeyInfo } from '../schemas/answers/keys.ts';
import type { Grant } from '../schemas/answers/validation.ts';

export const KEY_ID = '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11';
export const SUCCESSOR_ID = 'c3b6a6f0-7f0e-5d52-8f62-0b1f7f3f5b7e';

/** These have the format of keys but a wrong checksum, so that no scanner takes them for leaks. */
export const EXAMPLE_KEY = 'hk_live_EXAMPLE0EXAMPLE0EXAMPLE0EXAMPLE0';

export const EXAMPLE_SUCCESSOR = 'hk_live_SAMPLE00SAMPLE00SAMPLE00SAMPLE00';

export const KEY_INFO = {
  key_id: KEY_ID,
  name: 'backend',
  key_prefix: 'hk_live_EXA***',
  user_id: 'admin',
  service_id: 'prediction',
  scopes: ['predict'],
  environment: 'production',
  is_active: true,
  rate_limit_per_hour: 1000,
  monthly_prediction_limit: 500_000,
  overage_allowed: false,
  billing_plan: 'free',
  use_case: 'interactive',
  allowed_ips: ['203.0.113.10', '10.0.0.0/8'],
  created_at: '2026-11-01T09:00:00.000Z',
  expires_at: '2027-01-30T09:00:00.000Z',
  last_used_at: '2026-11-23T18:30:00.000Z',
  rotation_due_at: '2027-01-30T09:00:00.000Z',
  rotated_to: null,
  rotated_from: null,
  revoked_at: null,
  suspended_at: null,
  used_from: null,
} satisfies KeyInfo;

/** The key as its creation answers it. */
export const NEW_KEY = { ...KEY_INFO, last_used_at: null } satisfies KeyInfo;

/** The successor of the key after a rotation with a grace period. */
export const SUCCESSOR = {
  ...NEW_KEY,
  key_id: SUCCESSOR_ID,
  key_prefix: 'hk_live_SAM***',
  created_at: '2026-11-23T18:30:00.000Z',
  expires_at: '2027-02-21T18:30:00.000Z',
  rotation_due_at: '2027-02-21T18:30:00.000Z',
  rotated_from: KEY_ID,
} satisfies KeyInfo;

export const GRANT = {
  key_id: KEY_ID,
  user_id: 'admin',
  service_id: 'prediction',
  scopes: ['predict'],
  rate_limit_per_hour: 1000,
  billing_plan: 'free',
  monthly_prediction_limit: 500_000,
  environment: 'production',
  expires_at: '2027-01-30T09:00:00.000Z',
  rate_limit: { limit: 1000, remaining: 999, reset_at: '2026-11-23T19:00:00.000Z' },
} satisfies Grant;
