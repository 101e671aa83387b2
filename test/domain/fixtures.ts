import type { KeyRecord } from '../../lib/domain/record.ts';

/** An hour's and a month's middle, so that no test is at an edge unless it says so. */
export const NOW = new Date('2026-11-23T18:30:00.000Z');

/** The instant `ms` after {@link NOW}, as records write it. */
export function fromNow(ms: number): string {
  return new Date(NOW.getTime() + ms).toISOString();
}

/** A production key of an hour ago that nothing speaks against. */
export function aRecord(changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    key_id: 'fb97fb21-91e2-5774-8ea5-f28e4b22a372',
    key_prefix: 'hk_live_012***',
    name: 'a key',
    user_id: 'admin',
    service_id: 'prediction',
    environment: 'production',
    scopes: [],
    rate_limit_per_hour: 1000,
    monthly_prediction_limit: null,
    overage_allowed: false,
    billing_plan: 'free',
    allowed_ips: null,
    expires_in_days: null,
    created_at: '2026-11-23T17:30:00.000Z',
    expires_at: null,
    last_used_at: null,
    rotated_from: null,
    rotated_to: null,
    revoked_at: null,
    grace_ends_at: null,
    version: 1,
    ...changes,
  };
}
