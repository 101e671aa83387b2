/**
 * How many keys a container remembers, as options of an LRU cache. By size, because `max` makes arrays of
 * that length while the function loads.
 */
export const KEYS = { maxSize: 10_000, sizeCalculation: () => 1 };
