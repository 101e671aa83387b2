import type { Environment } from './key.ts';
import { isInUse, rotationDueAt } from './key-state.ts';
import type { KeyRecord } from './record.ts';
import { isPast } from './time.ts';

/** The conditions that narrow a listing of keys. */
export interface KeyFilter {
  readonly service_id?: string;
  readonly environment?: Environment;
  /** Only keys that are neither revoked nor expired. */
  readonly active_only?: boolean;
  /** Only keys in use past their rotation date that have not been rotated yet. */
  readonly rotation_due?: boolean;
}

/** A place in the listing: the key after which the next page begins. */
export type Position = Pick<KeyRecord, 'created_at' | 'key_id'>;

/** The fields that {@link matchesFilter} reads; the listing index holds exactly these. */
export type FilteredFields = Pick<
  KeyRecord,
  'service_id' | 'environment' | 'created_at' | 'expires_at' | 'revoked_at' | 'grace_ends_at'
>;

export function matchesFilter(key: FilteredFields, filter: KeyFilter, now: Date): boolean {
  const inUse = isInUse(key, now);
  return (
    (filter.service_id === undefined || key.service_id === filter.service_id) &&
    (filter.environment === undefined || key.environment === filter.environment) &&
    (!filter.active_only || inUse) &&
    (!filter.rotation_due ||
      (inUse && key.grace_ends_at === null && isPast(rotationDueAt(key), now)))
  );
}
