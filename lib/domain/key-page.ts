import { type Position, positionOf } from './key-filter.ts';

/** Keys of a listing, and the position after which the next page begins; undefined on the last. */
export interface KeyPage<K> {
  readonly keys: readonly K[];
  readonly next: Position | undefined;
}

/**
 * Ends a page before the keys of its last millisecond, because lists sort keys of the same time by
 * their ids, and the index in an order of its own. A page of one millisecond stays as it is, and so
 * does the last.
 */
export function endingAtTime<K extends { readonly record: Position }>({
  keys,
  next,
}: KeyPage<K>): KeyPage<K> {
  const last = keys.at(-1)?.record.created_at;
  const earlier = keys.filter(({ record }) => record.created_at !== last);
  const end = earlier.at(-1)?.record;
  if (!next || !end) return { keys, next };
  return { keys: earlier, next: positionOf(end) };
}
