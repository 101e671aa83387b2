import type { Environment } from './key.ts';
import { isInUse, rotationDueAt } from './key-state.ts';
import type { KeyRecord } from './record.ts';
import { isPast } from './time.ts';

/** The conditions that narrow a listing of keys. */
export interface KeyFilter {
  readonly service_id?: string;
  readonly environment?: Environment;
  readonly user_id?: string;
  /** The masked form. */
  readonly key_prefix?: string;
  /** Part of the name, in any case. */
  readonly name?: string;
  /** Only keys that are neither revoked, suspended nor expired. */
  readonly active_only?: boolean;
  /** Only keys in use past their rotation date that have not been rotated yet. */
  readonly rotation_due?: boolean;
}

/** A place in the listing: the key after which the next page begins. */
export type Position = Pick<KeyRecord, 'created_at' | 'key_id'>;

/** Returns the position of a key, without its other fields. */
export function positionOf({ created_at, key_id }: Position): Position {
  return { created_at, key_id };
}

/** The fields of which a filter gives the value. */
const EXACT = ['service_id', 'environment', 'user_id', 'key_prefix'] as const;

/** Returns a position as text. Texts sort like the listing, oldest first. */
export function placeOf({ created_at, key_id }: Position): string {
  return `${created_at} ${key_id}`;
}

/** The fields that {@link matchesFilter} reads; the indexes hold exactly these. */
export type FilteredFields = Pick<
  KeyRecord,
  | (typeof EXACT)[number]
  | 'name'
  | 'created_at'
  | 'expires_at'
  | 'revoked_at'
  | 'suspended_at'
  | 'grace_ends_at'
>;

export function matchesFilter(key: FilteredFields, filter: KeyFilter, now: Date): boolean {
  const inUse = isInUse(key, now);
  return (
    EXACT.every((field) => filter[field] === undefined || key[field] === filter[field]) &&
    (filter.name === undefined || key.name.toLowerCase().includes(filter.name.toLowerCase())) &&
    (!filter.active_only || inUse) &&
    (!filter.rotation_due ||
      (inUse && key.grace_ends_at === null && isPast(rotationDueAt(key), now)))
  );
}
