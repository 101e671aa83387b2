import { isOldName, versionIn } from './audit-entry.ts';
import type { Seal } from './audit-seal.ts';
import { isRevoked } from './key-state.ts';
import type { KeyRecord } from './record.ts';

/** An entry of a key's audit trail, as stored: its values may be of any type. */
export interface TrailedChange {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly seal: Seal;
}

export type Replay =
  /** The key as it was before it was lost. */
  | { readonly kind: 'current'; readonly record: KeyRecord }
  /** It has been revoked, or its grace period has ended, since the restore point. */
  | { readonly kind: 'ended' }
  /** The trail does not say what the key was. */
  | { readonly kind: 'unclear'; readonly reason: string };

/**
 * Makes the changes of a key again that its audit trail has since a restore point.
 * @param record the key at the restore point
 * @param trail all entries of the key, in any order
 * @param to the restore point
 */
export function replay(
  record: KeyRecord,
  trail: readonly TrailedChange[],
  to: Date,
  now: Date,
): Replay {
  if (trail.some((entry) => isRevocation(entry)) && record.revoked_at === null) {
    // Whatever its seal says: a key that may have been revoked stays away.
    return { kind: 'ended' };
  }
  const unknown = trail.find(({ name }) => isUnordered(name, to));
  if (unknown) return unclear(`has the entry ${unknown.name}, whose version is unknown`);
  const later = trail
    .map((entry) => ({ ...entry, version: versionIn(entry.name) }))
    .filter((entry) => entry.version !== 'last' && (entry.version ?? 0) > record.version)
    .sort((a, b) => Number(a.version) - Number(b.version));
  let current = record;
  for (const { version, seal, values } of later) {
    const expected = current.version + 1;
    if (version !== expected) {
      return unclear(
        version === current.version
          ? `has two entries of version ${version}`
          : `has no entry of version ${expected}`,
      );
    }
    if (seal !== 'valid')
      return unclear(`has an entry of version ${version} whose seal is ${seal}`);
    const changed = withChanges(current, values.changes, expected);
    if (!changed) return unclear(`was not as the entry of version ${version} found it`);
    current = changed;
  }
  return isRevoked(current, now) && !isRevoked(record, to)
    ? { kind: 'ended' }
    : { kind: 'current', record: current };
}

function isRevocation({ name, values }: TrailedChange): boolean {
  const { revoked_at } = (values.changes ?? {}) as { revoked_at?: unknown };
  return versionIn(name) === 'last' || values.action === 'revoke' || revoked_at !== undefined;
}

/** Returns whether an entry can't be put in order with those of versions after the restore point. */
function isUnordered(name: string, to: Date): boolean {
  if (versionIn(name) !== undefined) return false;
  // Entries from before versions were recorded begin with their time.
  return !isOldName(name) || name.slice(0, to.toISOString().length) > to.toISOString();
}

/** Returns the record after a change, or undefined if the change was made to another record. */
function withChanges(record: KeyRecord, changes: unknown, version: number): KeyRecord | undefined {
  const made = Object.entries(changes as Record<string, { old: unknown; new: unknown }>);
  const before: Record<string, unknown> = { ...record };
  const isOther = made.some(
    ([field, { old }]) => JSON.stringify(before[field] ?? null) !== JSON.stringify(old),
  );
  if (isOther) return undefined;
  const after = Object.fromEntries(made.map(([field, change]) => [field, change.new]));
  return { ...record, ...after, version };
}

function unclear(reason: string): Replay {
  return { kind: 'unclear', reason };
}
