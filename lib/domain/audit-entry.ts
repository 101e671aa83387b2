import { maskKeysIn } from './key.ts';
import type { Origin } from './origin.ts';
import { dayOf } from './time.ts';

/** The changes of a key that the audit trail records. */
export const AUDIT_ACTIONS = ['create', 'update', 'rotate', 'revoke'] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** The values of a field before and after a change; null: it had, or has, none. */
export interface FieldChange {
  readonly old: unknown;
  readonly new: unknown;
}
export type FieldChanges = Readonly<Record<string, FieldChange>>;

/**
 * The version of the key that a change made. A revocation is written without a read before it, so
 * it can't know its version, but nothing changes a revoked key: it is the last.
 */
export type MadeVersion = number | 'last';

/** A header may be as long as 10 KB. */
const MAX_USER_AGENT = 200;

/** Fields that say nothing to a reader of the trail, or are no settings. */
const UNLISTED = ['key_id', 'version', 'last_used_at'];

/** Returns the fields whose values differ; a field that `before` lacks was null. */
export function changesBetween(before: object, after: object): FieldChanges {
  const old: Record<string, unknown> = { ...before };
  return Object.fromEntries(
    Object.entries(after)
      .map(([field, value]) => [field, { old: old[field] ?? null, new: value }] as const)
      .filter(([field, change]) => !UNLISTED.includes(field) && differs(change)),
  );
}

function differs({ old, new: now }: FieldChange): boolean {
  return JSON.stringify(old) !== JSON.stringify(now);
}

/**
 * Returns the name of an entry, by which a key's entries sort in the order of their versions, after
 * older entries, whose names begin with their time. It ends with the request's id, because a key
 * that was restored from a backup makes versions again, and no entry may replace another.
 */
function entryName(version: MadeVersion, requestId: string): string {
  return `version:${version === 'last' ? version : String(version).padStart(10, '0')}#${requestId}`;
}

/** Returns the version in the name of an entry; undefined for older names and for no name at all. */
export function versionIn(name: string): MadeVersion | undefined {
  const [, version] = /^version:(last|\d{10})#/.exec(name) ?? [];
  if (version === undefined) return undefined;
  return version === 'last' ? version : Number(version);
}

/** Returns whether an entry has the name of one from before 2026-11-28: its time and request. */
export function isOldName(name: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z#/.test(name);
}

/** Makes the fields of an entry, except its seal. */
export function auditFields(
  keyId: string,
  version: MadeVersion,
  action: AuditAction,
  changes: FieldChanges,
  { principal, now, sourceIp, userAgent, requestId, reason }: Origin,
) {
  const token = 'token' in principal ? principal.token : undefined;
  return {
    key_id: keyId,
    at: entryName(version, requestId),
    time: now.toISOString(),
    day: dayOf(now),
    action,
    changes,
    actor: token?.name ?? principal.kind,
    ...(token && { token_version: token.version }),
    source_ip: sourceIp,
    // Encoded and decoded, because DynamoDB rejects half of a surrogate pair, which a cut may leave.
    user_agent: Buffer.from(maskKeysIn(userAgent).slice(0, MAX_USER_AGENT)).toString(),
    request_id: requestId,
    ...(reason !== undefined && { reason }),
  };
}
