import type { Seal } from '../domain/audit-seal.ts';
import type { Entry } from './schemas/answers/audit.ts';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

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
    time: timeOf(values.time) ?? timeOf(name.split('#')[0]),
    action: textOf(values.action),
    changes: changesOf(values),
    reason: textOf(values.reason),
    actor: textOf(values.actor),
    token_version: textOf(values.token_version),
    source_ip: textOf(values.source_ip),
    user_agent: textOf(values.user_agent),
    request_id: textOf(values.request_id),
    seal,
  };
}

/** Returns the changes of an entry; one from before 2026-11-28 has a `detail` of the new values. */
function changesOf({ changes, detail }: DescribedEntry['values']): Entry['changes'] {
  const found =
    changes === undefined
      ? fieldsOf(detail).map(([field, value]) => ({ field, old: null, new: value }))
      : fieldsOf(changes).map(([field, change]) => {
          const { old = null, new: now = null } = isObject(change) ? change : {};
          return { field, old, new: now };
        });
  return found.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function fieldsOf(value: unknown): [field: string, value: unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function timeOf(value: unknown): string | null {
  const time = textOf(value);
  return time !== null && ISO_TIME.test(time) ? time : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
