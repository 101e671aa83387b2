import { isOldName, versionIn } from './audit-entry.ts';
import { checkPage, type Finding, type TrailEntry } from './audit-trail.ts';
import { isRevoked } from './key-state.ts';
import type { KeyRecord } from './record.ts';

/** An entry of a key's audit trail, as stored: its values may be of any type. */
export interface TrailedChange extends TrailEntry {
  readonly values: Readonly<Record<string, unknown>>;
}

/** A key as a backup has it. */
export interface BackedUpKey {
  readonly record: KeyRecord;
  /** The first version whose entry has a seal; undefined: all are older than seals. */
  readonly sealedFrom: number | undefined;
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
 * @param key the key at the restore point
 * @param trail all entries of the key, newest first
 * @param to the restore point
 */
export function replay(
  key: BackedUpKey,
  trail: readonly TrailedChange[],
  to: Date,
  now: Date,
): Replay {
  const { record } = key;
  if (record.revoked_at === null && trail.some(isRevocation)) return { kind: 'ended' };
  const fault = faultOf(key, trail, to);
  if (fault !== undefined) return unclear(fault);
  let current = record;
  for (const { name, values } of [...trail].reverse()) {
    const version = versionIn(name);
    if (typeof version !== 'number' || version <= record.version) continue;
    const changed = withChanges(current, values.changes, version);
    if (!changed) return unclear(`The entry of version ${version} is of another state of the key.`);
    current = changed;
  }
  return isRevoked(current, now) && !isRevoked(record, to)
    ? { kind: 'ended' }
    : { kind: 'current', record: current };
}

/** Returns why a trail can't be relied on, or undefined. */
function faultOf(
  { record, sealedFrom = record.version + 1 }: BackedUpKey,
  trail: readonly TrailedChange[],
  to: Date,
): string | undefined {
  const unordered = trail.find(({ name }) => isOldName(name) && isAfter(name, to));
  if (unordered) return `The entry ${unordered.name} has no version.`;
  const versions = trail.map(({ name }) => Number(versionIn(name)) || 0);
  const newest = Math.max(record.version, ...versions);
  const state = { isRevoked: record.revoked_at !== null, sealedFrom };
  const { findings } = checkPage(trail, state, newest, true);
  return findings.find((finding) => isFatal(finding, record))?.message;
}

/**
 * Returns whether a finding leaves the state of the key open. A seal that can't be checked does not if
 * the backup has the change.
 */
function isFatal({ problem, version }: Finding, record: KeyRecord): boolean {
  const isUnchecked = problem === 'unverifiable' || problem === 'unsealed_entry';
  return !isUnchecked || version === null || version > record.version;
}

/**
 * Returns whether an entry ends its key. One without a seal does too: the outage of Secrets Manager
 * during which it was written makes it no less true.
 */
export function isRevocation({ name, values, seal }: TrailedChange): boolean {
  if (seal === 'wrong') return false;
  const { revoked_at } = (values.changes ?? {}) as { revoked_at?: unknown };
  return versionIn(name) === 'last' || values.action === 'revoke' || revoked_at !== undefined;
}

/** Returns whether the time that an entry's old name begins with is after another. */
function isAfter(name: string, to: Date): boolean {
  return name.slice(0, to.toISOString().length) > to.toISOString();
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
