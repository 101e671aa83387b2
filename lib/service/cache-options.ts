/**
 * The capacity of each cache of a process, in keys. It is set as a size, because with `max` the LRU
 * cache allocates arrays of that length while the function loads.
 */
export const KEY_CACHE_OPTIONS = { maxSize: 10_000, sizeCalculation: () => 1 };

/**
 * A process answers "over the limit" from its cache for this time, so that a flood on one key does
 * not become a flood on its partition.
 */
export const LIMIT_CACHE_MS = 500;

/**
 * A change of a limit waits for this time before it answers: a client may have asked just before a
 * process's cache expired, and may remember the answer for as long again, from before it asked.
 */
export const LIMIT_SETTLE_MS = 2 * LIMIT_CACHE_MS;
