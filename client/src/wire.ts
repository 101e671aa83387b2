// Written by `npm run openapi` from the schemas of the service.
export interface ValidateRequest {
  /**
   * The key, if no header has it.
   */
  api_key?: string | null;
  /**
   * The service that the caller serves; the key must be for it.
   */
  service_id?: string | null;
  /**
   * The scope that the request needs; a key without scopes has all.
   */
  required_scope?: string | null;
  /**
   * The address of the client, which must be in `allowed_ips`. If absent, the address of the caller of this operation is checked.
   */
  client_ip?: string | null;
  /**
   * The environment that the caller serves: `production`, `test` or `development`; the key must be for it.
   */
  environment?: string | null;
  /**
   * Asks for a lease: permission to repeat a valid answer, for this many requests. They all count against the hour at once, also those that are never made.
   */
  lease_requests?: number | null;
}

/**
 * The key may be used for the request.
 */
export interface ValidKey {
  is_valid: true;
  /**
   * Identifies the key; report its usage under this id.
   */
  key_id: string;
  /**
   * The owner of the key.
   */
  user_id: string;
  /**
   * The service that the key is for.
   */
  service_id: string;
  /**
   * The scopes of the key; without any it has full access within its service.
   */
  scopes: string[];
  /**
   * Accepted validations per clock hour (UTC).
   */
  rate_limit_per_hour: number;
  /**
   * The billing plan of the key.
   */
  billing_plan: string;
  /**
   * Predictions per month (UTC); null is no limit.
   */
  monthly_prediction_limit: number | null;
  /**
   * The environment that the key is for.
   */
  environment: 'production' | 'test' | 'development';
  /**
   * Until when the key is valid: its expiry or the end of its grace period, whichever is first; null is forever.
   */
  expires_at: string | null;
  /**
   * The hourly limit after this validation.
   */
  rate_limit: {
    /**
     * `rate_limit_per_hour` of the key.
     */
    limit: number;
    /**
     * Accepted validations that are left in this hour.
     */
    remaining: number;
    /**
     * When the next hour begins.
     */
    reset_at: string;
  };
  /**
   * The lease; null if none is granted, absent if none was asked for.
   */
  lease?: {
    /**
     * How many requests the answer is for, this one included. All are counted.
     */
    requests: number;
    /**
     * For how long it may be repeated, from before the caller sent the request, by its monotonic clock.
     */
    milliseconds: number;
  } | null;
}

export interface RefusedKey {
  is_valid: false;
  key_id: null;
  user_id: null;
  service_id: null;
  scopes: null;
  rate_limit_per_hour: null;
  billing_plan: null;
  monthly_prediction_limit: null;
  environment: null;
  expires_at: null;
  rate_limit: null;
  /**
   * The reason, for people.
   */
  error:
    | 'Invalid API key'
    | 'API key is inactive or has been revoked'
    | 'API key has expired'
    | 'Key not authorized for this service'
    | 'Key not authorized for this environment'
    | 'Key does not have required scope'
    | 'IP address not in allowlist';
  /**
   * The reason, for programs.
   */
  code:
    | 'invalid_key'
    | 'revoked'
    | 'expired'
    | 'service_mismatch'
    | 'environment_mismatch'
    | 'insufficient_scope'
    | 'ip_not_allowed';
}

export interface LimitedKey {
  is_valid: false;
  key_id: null;
  user_id: null;
  service_id: null;
  scopes: null;
  rate_limit_per_hour: null;
  billing_plan: null;
  monthly_prediction_limit: null;
  environment: null;
  expires_at: null;
  rate_limit: null;
  /**
   * The reason, for people.
   */
  error: 'Rate limit exceeded' | 'Monthly prediction limit exceeded';
  /**
   * The reason, for programs.
   */
  code: 'rate_limited' | 'monthly_limit_exceeded';
}

export interface UsageReport {
  /**
   * The service that served the request: one of those in the settings of the deployment.
   */
  service_id: string;
  /**
   * The endpoint that was called; the first 200 characters are kept.
   */
  endpoint: string;
  /**
   * The status of the response; 0 if it is not known yet, which does not count as an error.
   */
  status_code: 0 | number;
  /**
   * Milliseconds, rounded to three decimals.
   */
  response_time_ms: number;
  /**
   * The predictions that count against the monthly limit.
   */
  predictions_count?: number | null;
  /**
   * Computing time in milliseconds, as the service measured it, rounded to three decimals.
   */
  compute_ms?: number | null;
  /**
   * Kept in the usage log, which no operation reads.
   */
  model_id?: string | null;
  /**
   * Identifies the report among those of the key.
   */
  idempotency_key?: string | null;
}

export interface UsageDebited {
  message: 'Usage debited successfully';
  /**
   * Predictions that are left of the monthly limit; null without a limit, 0 if the limit is exceeded with `overage_allowed`.
   */
  remaining: number | null;
}

export interface OverLimit {
  type: 'about:blank';
  title: 'Payment Required';
  status: 402;
  detail: {
    error: 'monthly_limit_exceeded';
    message: 'Monthly prediction limit exceeded';
  };
}
