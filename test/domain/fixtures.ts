import type { KeyConfiguration, KeyRecord } from '../../lib/domain/record.ts';
import type { LogEntry } from '../../lib/domain/usage-report.ts';

/** The middle of an hour and of a month, so that a test is at an edge only if it says so. */
export const NOW = new Date('2026-11-23T18:30:00.000Z');

/** Returns the instant `ms` after {@link NOW}, as records write it. */
export function fromNow(ms: number): string {
  return new Date(NOW.getTime() + ms).toISOString();
}

/** Returns a valid production key, created an hour ago. */
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
    use_case: null,
    allowed_ips: null,
    expires_in_days: null,
    created_at: '2026-11-23T17:30:00.000Z',
    expires_at: null,
    last_used_at: null,
    rotated_from: null,
    rotated_to: null,
    revoked_at: null,
    suspended_at: null,
    grace_ends_at: null,
    version: 1,
    ...changes,
  };
}

/** A configuration in which no field has its default. */
export const configuration: KeyConfiguration = {
  name: 'a key',
  user_id: 'someone',
  service_id: 'website',
  environment: 'test',
  scopes: ['read'],
  rate_limit_per_hour: 50,
  monthly_prediction_limit: 7,
  overage_allowed: true,
  billing_plan: 'pro',
  use_case: 'interactive',
  allowed_ips: ['10.0.0.0/8'],
  expires_in_days: 30,
};

/** The state of a key created {@link NOW} with {@link configuration}. */
export const initialState = {
  created_at: NOW.toISOString(),
  expires_at: '2026-12-23T18:30:00.000Z',
  last_used_at: null,
  rotated_from: null,
  rotated_to: null,
  revoked_at: null,
  suspended_at: null,
  grace_ends_at: null,
  version: 1,
};

/** A report of {@link NOW} in the usage log. */
export const ENTRY: LogEntry = {
  key_id: 'key',
  name: 'report#1',
  request_id: 'request',
  charge: 'record',
  at: '2026-11-23T18:30:00.000Z',
  service_id: 'prediction',
  endpoint: '/a',
  status_code: 200,
  response_time_ms: 1.5,
  predictions_count: 2,
  compute_ms: 0.001,
};
