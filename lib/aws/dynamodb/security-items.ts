import type { Position } from '../../domain/key-filter.ts';
import { DAY_MS } from '../../domain/time.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { TIME_TO_LIVE } from '../../tables.ts';

export function securityTable(): string {
  return requireEnv(VARIABLES.securityTable);
}

/** Returns the TTL attribute of an item that is needed until `days` after `from`. */
export function deleteAfter(from: Date, days: number) {
  return { [TIME_TO_LIVE]: Math.ceil((from.getTime() + days * DAY_MS) / 1000) };
}

/** Returns the position that {@link placeOf} has written. */
export function positionFrom(place: string): Position {
  const [created_at = '', key_id = ''] = place.split(' ');
  return { created_at, key_id };
}
