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

/**
 * A key as administrators see it. It contains neither the key itself nor a hash of it.
 */
export interface ApiKeyInfo {
  /**
   * Identifies the key; not secret.
   */
  key_id: string;
  /**
   * For people; need not be unique.
   */
  name: string;
  /**
   * The start of the key, which may be shown anywhere.
   */
  key_prefix: string;
  /**
   * The owner of the key.
   */
  user_id: string;
  /**
   * The service that the key is for.
   */
  service_id: string;
  /**
   * What the key may be used for. A key without scopes has full access within its service.
   */
  scopes: string[];
  /**
   * The environment that the key is for.
   */
  environment: 'production' | 'test' | 'development';
  /**
   * False once the key is revoked or its grace period is over, and while it is suspended. It ignores expiry; check `expires_at` too.
   */
  is_active: boolean;
  /**
   * Accepted validations per clock hour (UTC).
   */
  rate_limit_per_hour: number;
  /**
   * Predictions per month (UTC); null is no limit.
   */
  monthly_prediction_limit: number | null;
  /**
   * If true, validations and debits are not refused at the monthly limit. Predictions over the limit are billed in either case.
   */
  overage_allowed: boolean;
  /**
   * Free text, which the service does not interpret.
   */
  billing_plan: string;
  /**
   * What the key is used for, as an administrator has said.
   */
  use_case: 'interactive' | 'batch' | 'internal' | 'development' | null;
  /**
   * The IPv4 and IPv6 addresses and CIDR ranges that may use the key; null is any address.
   */
  allowed_ips: string[] | null;
  /**
   * When the key was created.
   */
  created_at: string;
  /**
   * From this time on the key is refused; null is never.
   */
  expires_at: string | null;
  /**
   * The last accepted validation; null if there was none.
   */
  last_used_at: string | null;
  /**
   * When the key should be rotated: 90 days after its creation in production, 180 in test; null in development. Not enforced.
   */
  rotation_due_at: string | null;
  /**
   * The successor of a rotated key.
   */
  rotated_to: string | null;
  /**
   * The predecessor that this key replaced.
   */
  rotated_from: string | null;
  /**
   * When the key was revoked, or the end of its grace period, which may be in the future.
   */
  revoked_at: string | null;
  /**
   * Since when the key is suspended; null if it is not.
   */
  suspended_at: string | null;
  /**
   * Where a rotated key was used from in its grace period: about the last five addresses, newest first. Each is what the validation said of its client, so whoever has the key can make one up. Null for a key that had no grace period.
   */
  used_from:
    | {
        /**
         * An IPv4 or IPv6 address.
         */
        address: string;
        /**
         * The last accepted validation from it.
         */
        last_used_at: string;
      }[]
    | null;
}

/**
 * A new key.
 */
export interface IssuedKey {
  /**
   * The key. Only this answer contains it, because the service stores only hashes of keys.
   */
  api_key: string;
  /**
   * Identifies the key; not secret.
   */
  key_id: string;
  key_info: ApiKeyInfo;
}

export interface CreateKeyRequest {
  /**
   * For people; need not be unique.
   */
  name: string;
  /**
   * The service that the key is for: one of those in the settings of the deployment.
   */
  service_id: string;
  /**
   * What the key may be used for: each of 1 to 100 printable ASCII characters without space, `"` and `\`. A key without scopes passes every `required_scope`.
   *
   * @maxItems 256
   */
  scopes?: string[] | null;
  /**
   * IPv4 and IPv6 addresses and CIDR ranges that may use the key; an empty list is any address.
   *
   * @maxItems 256
   */
  allowed_ips?: string[] | null;
  /**
   * Accepted validations per clock hour (UTC). With a `use_case`, what that recommends is the default.
   */
  rate_limit_per_hour?: number | null;
  /**
   * Predictions per month (UTC); null is no limit.
   */
  monthly_prediction_limit?: number | null;
  /**
   * If true, validations and debits are not refused at the monthly limit.
   */
  overage_allowed?: boolean | null;
  /**
   * Free text, which the service does not interpret.
   */
  billing_plan?: string | null;
  /**
   * What the key is used for. Recommended hourly limits: 1,000 (interactive), 10,000 (batch), 50,000 (internal), 100 (development).
   */
  use_case?: 'interactive' | 'batch' | 'internal' | 'development' | null;
  /**
   * Days until the key expires; null is never.
   */
  expires_in_days?: number | null;
  /**
   * The owner of the key.
   */
  user_id?: string | null;
  /**
   * The environment that the key is for. The deployment must accept it: send it except in production.
   */
  environment?: 'production' | 'test' | 'development' | null;
}

export interface ListKeysQuery {
  /**
   * Only keys of this service.
   */
  service_id?: string;
  /**
   * Only keys of this environment.
   */
  environment?: 'production' | 'test' | 'development';
  /**
   * Only keys of this owner.
   */
  user_id?: string;
  /**
   * Only keys that begin like this: `hk_live_` and three more characters, with or without `***`.
   */
  key_prefix?: string;
  /**
   * Only keys whose name contains this, in upper or lower case.
   */
  name?: string;
  /**
   * `true`: only keys that are neither revoked, suspended nor expired. Upper or lower case, also `1` or `0`.
   */
  active_only?: boolean | string;
  /**
   * `true`: only keys in use that are past `rotation_due_at` and were not rotated yet. Upper or lower case, also `1` or `0`.
   */
  rotation_due?: boolean | string;
  /**
   * Only keys that a check of the security posture has found, and that still have the finding.
   */
  finding?:
    | 'rotation_overdue'
    | 'rotation_due_soon'
    | 'no_scopes'
    | 'no_allowlist'
    | 'open_allowlist'
    | 'wide_allowlist'
    | 'limit_outside_band'
    | 'never_used'
    | 'unused_90_days'
    | 'in_grace'
    | 'ended_key_presented';
  /**
   * Only keys in use that were not used for so many days, or were never used and are as old.
   */
  unused_days?: number;
  /**
   * The size of a page.
   */
  limit?: number;
  /**
   * The position of the page; part of the link to it.
   */
  cursor?: string;
}

export interface UpdateKeyRequest {
  /**
   * For people; need not be unique.
   */
  name?: string | null;
  /**
   * What the key may be used for: each of 1 to 100 printable ASCII characters without space, `"` and `\`. A key without scopes passes every `required_scope`.
   *
   * @maxItems 256
   */
  scopes?: string[] | null;
  /**
   * IPv4 and IPv6 addresses and CIDR ranges that may use the key; an empty list is any address.
   *
   * @maxItems 256
   */
  allowed_ips?: string[] | null;
  /**
   * Accepted validations per clock hour (UTC).
   */
  rate_limit_per_hour?: number | null;
  /**
   * Predictions per month (UTC).
   */
  monthly_prediction_limit?: number | null;
  /**
   * If true, validations and debits are not refused at the monthly limit.
   */
  overage_allowed?: boolean | null;
  /**
   * Free text, which the service does not interpret.
   */
  billing_plan?: string | null;
  /**
   * What the key is used for. A change of it does not change the hourly limit.
   */
  use_case?: 'interactive' | 'batch' | 'internal' | 'development' | null;
  /**
   * Days from now until the key expires.
   */
  expires_in_days?: number | null;
  /**
   * `true` refuses the key like a revoked one until it is `false` again.
   */
  suspended?: boolean | null;
}

export interface RotateKeyRequest {
  /**
   * How long the old key stays valid; 0 revokes it at once.
   */
  grace_period_minutes?: number | null;
  /**
   * Kept in the audit entry.
   */
  reason?: string | null;
}

export interface RevokeKeyRequest {
  /**
   * Kept in the audit entry.
   */
  reason?: string | null;
}

export interface KeyRevoked {
  message: 'API key revoked successfully';
}

export interface ExplainRequest {
  /**
   * The `key_id` of the key.
   */
  key_id?: string | null;
  /**
   * The whole key, instead of `key_id`. No part of its secret is answered or logged.
   */
  api_key?: string | null;
  /**
   * The service that was called.
   */
  service_id?: string | null;
  /**
   * The scope that the request needs.
   */
  required_scope?: string | null;
  /**
   * The address of the client, as the service saw it.
   */
  client_ip?: string | null;
  /**
   * The environment of the service that was called.
   */
  environment?: string | null;
}

/**
 * What a validation would answer, and why.
 */
export interface Explanation {
  /**
   * The time at which the service received the request, and for which it answers.
   */
  clock: string;
  /**
   * What a validation of the same request would answer now: the first check that fails decides. Checks that are `not_checked` are left out.
   */
  verdict: {
    is_valid: boolean;
    /**
     * The status of the answer.
     */
    status: 200 | 401 | 429;
    /**
     * The reason for programs; null if the key is valid.
     */
    code:
      | 'invalid_key'
      | 'revoked'
      | 'expired'
      | 'service_mismatch'
      | 'environment_mismatch'
      | 'insufficient_scope'
      | 'ip_not_allowed'
      | 'rate_limited'
      | 'monthly_limit_exceeded'
      | null;
    /**
     * The reason for people, as the answer has it; null if the key is valid.
     */
    error: string | null;
  };
  /**
   * Every check, in the order of a validation.
   */
  checks: {
    /**
     * The name of the check.
     */
    check:
      | 'format'
      | 'deployment'
      | 'checksum'
      | 'exists'
      | 'secret'
      | 'active'
      | 'expiry'
      | 'service'
      | 'environment'
      | 'scope'
      | 'address'
      | 'hourly_limit'
      | 'monthly_limit';
    /**
     * `not_checked` if the request or the key lacks what it needs; `reason` says what.
     */
    result: 'passed' | 'failed' | 'not_checked';
    /**
     * The code of the refusal that the check causes; null unless it failed.
     */
    code:
      | 'invalid_key'
      | 'revoked'
      | 'expired'
      | 'service_mismatch'
      | 'environment_mismatch'
      | 'insufficient_scope'
      | 'ip_not_allowed'
      | 'rate_limited'
      | 'monthly_limit_exceeded'
      | null;
    /**
     * What was compared, for people. The wording may change.
     */
    reason: string;
  }[];
  /**
   * The key; null if it is not known.
   */
  key: ApiKeyInfo | null;
  /**
   * Both limits, with the counters as they are.
   */
  limits: {
    /**
     * The hourly limit.
     */
    hour: {
      /**
       * `rate_limit_per_hour` of the key.
       */
      limit: number;
      /**
       * Accepted validations in this hour.
       */
      used: number;
      /**
       * Validations that are left in this hour.
       */
      remaining: number;
      /**
       * When the window began.
       */
      starts_at: string;
      /**
       * When the window ends. The next begins at zero.
       */
      ends_at: string;
    };
    /**
     * The monthly limit, which `overage_allowed` of the key may lift.
     */
    month: {
      /**
       * `monthly_prediction_limit` of the key; null is no limit.
       */
      limit: number | null;
      /**
       * Predictions that were reported in this month.
       */
      used: number;
      /**
       * Predictions that are left in this month; null without a limit.
       */
      remaining: number | null;
      /**
       * When the window began.
       */
      starts_at: string;
      /**
       * When the window ends. The next begins at zero.
       */
      ends_at: string;
    };
    /**
     * The key on which both are counted: this one or, if it was rotated, the last of its successors.
     */
    counted_on: string;
  } | null;
}

/**
 * A page of the audit trail of a key.
 */
export interface AuditTrail {
  /**
   * The key.
   */
  key_id: string;
  /**
   * The number of changes of the key, its creation included; on later pages, the version that the page begins with.
   */
  version: number;
  /**
   * Whether nothing is wrong on this page.
   */
  intact: boolean;
  /**
   * What is wrong: `altered`, `missing`, `unexpected`, `unsealed_entry` or `unverifiable`.
   */
  findings: {
    /**
     * The kind of problem, for programs.
     */
    problem: 'altered' | 'missing' | 'unexpected' | 'unsealed_entry' | 'unverifiable';
    /**
     * The version of the key that is concerned.
     */
    version: number | null;
    /**
     * The problem, for people.
     */
    message: string;
  }[];
  /**
   * The entries of this page from before 2026-11-28. Their number is checked, but not their content.
   */
  unsealed: number;
  /**
   * The entries, newest first.
   */
  entries: {
    /**
     * The version of the key that the change made: 1 for its creation. Null for entries from before 2026-11-28 and, in the list of all keys, for a revocation, which is the last version.
     */
    version: number | null;
    /**
     * When API Gateway received the request; null if someone has altered it.
     */
    time: string | null;
    /**
     * `create`, `update`, `rotate` or `revoke`.
     */
    action: string | null;
    /**
     * The fields that the change has changed, with the value before and after. Never a verifier.
     */
    changes: {
      /**
       * The field of the key.
       */
      field: string;
      /**
       * Its value before; null if it had none.
       */
      old: {
        [k: string]: unknown;
      };
      /**
       * Its value after; null if it has none.
       */
      new: {
        [k: string]: unknown;
      };
    }[];
    /**
     * The reason that the request gave.
     */
    reason: string | null;
    /**
     * The name of the token; `admin` is the token that rotates.
     */
    actor: string | null;
    /**
     * The version of the secret in Secrets Manager that held the token, by which an old admin token is told from the next.
     */
    token_version: string | null;
    /**
     * The address of the caller, as API Gateway saw it.
     */
    source_ip: string | null;
    /**
     * The first 200 characters of `User-Agent`.
     */
    user_agent: string | null;
    /**
     * Identifies the request in the log of the service.
     */
    request_id: string | null;
    /**
     * `valid`: the entry is as it was written. `wrong`: it is not. `missing`: it has no seal, like those from before 2026-11-28. `unverifiable`: Secrets Manager no longer has the pepper of the seal.
     */
    seal: 'valid' | 'wrong' | 'missing' | 'unverifiable';
  }[];
}

export interface AuditTrailQuery {
  /**
   * The size of a page.
   */
  limit?: number;
  /**
   * The position of the page; part of the link to it.
   */
  cursor?: string;
}

/**
 * A page of the audit entries of all keys.
 */
export interface AuditLog {
  /**
   * The entries are from this time on.
   */
  from: string;
  /**
   * The entries are from before this time.
   */
  to: string;
  /**
   * The entries, newest first.
   */
  entries: {
    /**
     * The key that was changed.
     */
    key_id: string;
    /**
     * The version of the key that the change made: 1 for its creation. Null for entries from before 2026-11-28 and, in the list of all keys, for a revocation, which is the last version.
     */
    version: number | null;
    /**
     * When API Gateway received the request; null if someone has altered it.
     */
    time: string | null;
    /**
     * `create`, `update`, `rotate` or `revoke`.
     */
    action: string | null;
    /**
     * The fields that the change has changed, with the value before and after. Never a verifier.
     */
    changes: {
      /**
       * The field of the key.
       */
      field: string;
      /**
       * Its value before; null if it had none.
       */
      old: {
        [k: string]: unknown;
      };
      /**
       * Its value after; null if it has none.
       */
      new: {
        [k: string]: unknown;
      };
    }[];
    /**
     * The reason that the request gave.
     */
    reason: string | null;
    /**
     * The name of the token; `admin` is the token that rotates.
     */
    actor: string | null;
    /**
     * The version of the secret in Secrets Manager that held the token, by which an old admin token is told from the next.
     */
    token_version: string | null;
    /**
     * The address of the caller, as API Gateway saw it.
     */
    source_ip: string | null;
    /**
     * The first 200 characters of `User-Agent`.
     */
    user_agent: string | null;
    /**
     * Identifies the request in the log of the service.
     */
    request_id: string | null;
    /**
     * `valid`: the entry is as it was written. `wrong`: it is not. `missing`: it has no seal, like those from before 2026-11-28. `unverifiable`: Secrets Manager no longer has the pepper of the seal.
     */
    seal: 'valid' | 'wrong' | 'missing' | 'unverifiable';
  }[];
}

export interface AuditLogQuery {
  /**
   * A day, or a time in ISO 8601. The entries are from this time on, at most 92 days before the end.
   */
  from?: string;
  /**
   * A day, or a time in ISO 8601. The entries are from before this time, or until the end of this day; now by default.
   */
  to?: string;
  /**
   * Only changes of this kind.
   */
  action?: 'create' | 'update' | 'rotate' | 'revoke';
  /**
   * The size of a page.
   */
  limit?: number;
  /**
   * The position of the page; part of the link to it.
   */
  cursor?: string;
}

/**
 * How the stage stands.
 */
export interface Posture {
  /**
   * When the keys were checked; null if the daily check of all keys has not completed yet.
   */
  as_of: string | null;
  /**
   * The name of the deployment.
   */
  stage: string;
  /**
   * The keys that could be used at `as_of`; null before the first daily check.
   */
  keys: number | null;
  /**
   * Every check, always in the same order.
   */
  checks: {
    /**
     * What was checked.
     */
    check:
      | 'rotation_overdue'
      | 'rotation_due_soon'
      | 'no_scopes'
      | 'no_allowlist'
      | 'open_allowlist'
      | 'wide_allowlist'
      | 'limit_outside_band'
      | 'never_used'
      | 'unused_90_days'
      | 'in_grace'
      | 'ended_key_presented'
      | 'foreign_environment'
      | 'admin_failures'
      | 'admin_token_age'
      | 'pepper_age';
    /**
     * `problem`: act now; `attention`: look at it; `ok`: nothing was found.
     */
    status: 'ok' | 'attention' | 'problem';
    /**
     * The keys or requests that were found, or the age in days; null if it is unknown.
     */
    count: number | null;
    /**
     * What was found, and what to do about it.
     */
    message: string;
    /**
     * The newest of the keys, at most ten.
     */
    keys: {
      /**
       * Identifies the key; not secret.
       */
      key_id: string;
      /**
       * For people; need not be unique.
       */
      name: string;
      /**
       * The start of the key, which may be shown anywhere.
       */
      key_prefix: string;
    }[];
    /**
     * The path and query that list all keys of the check; null if `keys` has them all.
     */
    more: string | null;
  }[];
}

/**
 * The usage of a key in a month.
 */
export interface UsageStatistics {
  /**
   * The key.
   */
  key_id: string;
  /**
   * The month.
   */
  period: string;
  /**
   * The number of reports.
   */
  total_requests: number;
  /**
   * The sum of `predictions_count`.
   */
  total_predictions: number;
  /**
   * The sum of `compute_ms`.
   */
  total_compute_ms: number;
  /**
   * The mean of `response_time_ms`; 0 without reports.
   */
  average_response_time_ms: number;
  /**
   * The share of reports with a `status_code` of 400 or more.
   */
  error_rate: number;
  /**
   * The ten endpoints with most reports: `{endpoint, count}`. A month keeps up to 200 endpoints (16 KiB of names). The rest are counted together as `other`, as is an endpoint that is named `other`.
   */
  top_endpoints: {
    endpoint: string;
    /**
     * The number of its reports.
     */
    count: number;
  }[];
  /**
   * The time at which the newest report of the last batch was received; null if there is none.
   */
  as_of: string | null;
  /**
   * The predecessor of the key, whose statistics are separate.
   */
  rotated_from: string | null;
  /**
   * The successor of the key, whose statistics are separate.
   */
  rotated_to: string | null;
}

export interface UsageStatisticsQuery {
  /**
   * The month, such as `2026-11`; by default the current one.
   */
  period?: string;
}

/**
 * The bill of a key for the current month.
 */
export interface Bill {
  /**
   * The key.
   */
  key_id: string;
  /**
   * The billing plan of the key.
   */
  billing_plan: string;
  /**
   * `{requests, predictions, compute_ms}` of the current month.
   */
  current_usage: {
    /**
     * The number of reports.
     */
    requests: number;
    /**
     * The sum of `predictions_count`.
     */
    predictions: number;
    /**
     * The sum of `compute_ms`.
     */
    compute_ms: number;
  };
  /**
   * `monthly_prediction_limit` of the key.
   */
  monthly_limit: number | null;
  /**
   * Dollars, with three decimals: $0.001 per prediction over the limit. The limit of a successor is reduced by what its predecessors used this month.
   */
  overage_charges: number;
  /**
   * The start of the next month.
   */
  next_billing_date: string;
  /**
   * The time at which the newest report of the last batch was received; null if there is none.
   */
  as_of: string | null;
}

/**
 * The usage of all keys by day and service.
 */
export interface UsageTotals {
  /**
   * The first day.
   */
  start_date: string;
  /**
   * The last day.
   */
  end_date: string;
  /**
   * Totals by day (UTC) and service. Days without usage are left out.
   */
  usage_by_date: {
    [k: string]: {
      [k: string]: {
        /**
         * The number of reports.
         */
        requests: number;
        /**
         * The sum of `predictions_count`.
         */
        predictions: number;
        /**
         * The sum of `compute_ms`.
         */
        compute_ms: number;
        /**
         * The mean of `response_time_ms`; 0 without reports.
         */
        avg_response_time_ms: number;
      };
    };
  };
  /**
   * The time at which the newest report of the last batch was received; null if there is none.
   */
  as_of: string | null;
}

export interface UsageTotalsQuery {
  /**
   * Only this service; by default all services of the deployment.
   */
  service_id?: string;
  /**
   * The first day, such as `2026-11-01`, or an ISO 8601 time, whose UTC day counts; by default 29 days before `end_date`.
   */
  start_date?: string;
  /**
   * The last day, in the same forms; by default today.
   */
  end_date?: string;
}

export interface InvalidRequest {
  type: 'about:blank';
  title: 'Bad Request';
  status: 400;
  /**
   * Names up to five invalid fields, or says what else is wrong with the request.
   */
  detail: string;
  /**
   * The first 20 invalid fields.
   *
   * @maxItems 20
   */
  errors?: {
    /**
     * The field or parameter, such as `allowed_ips[1]`.
     */
    field: string;
    /**
     * What is wrong with it.
     */
    message: string;
  }[];
  /**
   * The number of invalid fields that are not in `errors`.
   */
  more_errors?: number;
}
