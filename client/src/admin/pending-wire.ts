/** The types of operations that openapi.json does not have yet; `../wire.ts` has the others. */
import type * as wire from '../wire.ts';

export type UseCase = 'interactive' | 'batch' | 'internal' | 'development';

export interface ApiKeyInfo extends wire.ApiKeyInfo {
  use_case?: UseCase | null;
  suspended_at?: string | null;
  used_from?: { address: string; last_used_at: string }[] | null;
}

export interface IssuedKey extends wire.IssuedKey {
  key_info: ApiKeyInfo;
}

export interface CreateKeyRequest extends wire.CreateKeyRequest {
  use_case?: UseCase | null;
}

export interface UpdateKeyRequest extends wire.UpdateKeyRequest {
  use_case?: UseCase | null;
  suspended?: boolean | null;
}

export interface ListKeysQuery extends wire.ListKeysQuery {
  user_id?: string;
  key_prefix?: string;
  name?: string;
}

export interface AuditEntry {
  version: number;
  time: string;
  action: string;
  changes: { field: string; old: unknown; new: unknown }[];
  reason: string | null;
  actor: string;
  token_version: string | null;
  source_ip: string | null;
  user_agent: string | null;
  request_id: string | null;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface KeyAudit {
  key_id: string;
  version: number;
  intact: boolean;
  findings: { problem: string; version: number | null; message: string }[];
  unsealed: number;
  entries: AuditEntry[];
}

export interface AuditLogQuery extends PageQuery {
  from?: string;
  to?: string;
  action?: string;
}

export interface AuditLog {
  from: string;
  to: string;
  entries: (AuditEntry & { key_id: string })[];
}

export interface ExplainRequest {
  key_id?: string;
  api_key?: string;
  service_id?: string;
  required_scope?: string;
  client_ip?: string;
  environment?: string;
}

export interface LimitWindow {
  limit: number;
  used: number;
  remaining: number;
  starts_at: string;
  ends_at: string;
}

export interface Explanation {
  clock: string;
  verdict: { is_valid: boolean; status: number; code: string | null; error: string | null };
  checks: {
    check: string;
    result: 'passed' | 'failed' | 'not_checked';
    code: string | null;
    reason: string;
  }[];
  key: ApiKeyInfo | null;
  limits: { hour: LimitWindow; month: LimitWindow | null; counted_on: string } | null;
}
