import type { Seal } from '../domain/audit-seal.ts';
import type { Entry } from './schemas/answers/audit.ts';

/** An entry as it is stored. Its attributes may be of any type if someone has altered them. */
export interface DescribedEntry {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly seal: Seal;
  readonly version: number | null;
}

/** Returns an audit entry as administrators see it. */
export function describeEntry({ name, values, seal, version }: DescribedEntry): Entry {
  return {
    version,
    time: textOf(values.time) ?? name.split('#')[0] ?? '',
    action: textOf(values.action),
    changes: values.changes === undefined ? fromDetail(values.detail) : fromChanges(values.changes),
    reason: textOf(values.reason),
    actor: textOf(values.actor),
    token_version: textOf(values.token_version),
    source_ip: textOf(values.source_ip),
    user_agent: textOf(values.user_agent),
    request_id: textOf(values.request_id),
    seal,
  };
}

/** Returns the changes of an entry from before 2026-11-28, which has the new values only. */
function fromDetail(detail: unknown): Entry['changes'] {
  return Object.entries(isObject(detail) ? detail : {}).map(([field, value]) => ({
    field,
    old: null,
    new: value,
  }));
}

function fromChanges(changes: unknown): Entry['changes'] {
  return Object.entries(isObject(changes) ? changes : {}).map(([field, change]) => ({
    field,
    old: isObject(change) ? (change.old ?? null) : null,
    new: isObject(change) ? (change.new ?? null) : null,
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
