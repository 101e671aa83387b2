/**
 * The capacity of each cache of a process, in keys. It is set as a size, because with `max` the LRU
 * cache allocates arrays of that length while the function loads.
 */
export const KEY_CACHE_OPTIONS = { maxSize: 10_000, sizeCalculation: () => 1 };

/**
 * A process answers "over the limit" from its cache for this time, so that a flood on one key does
 * not become a flood on its partition. A change that lifts a limit waits for it before it answers.
 */
export const LIMIT_CACHE_MS = 1_000;
