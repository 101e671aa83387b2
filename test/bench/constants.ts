// Numbers of the keys that are reserved for one operation each; other keys are numbered from 0.
export const LIMITED_KEY = 900_000_000;
export const BCRYPT_KEYS = 910_000_000;
export const ROTATED_KEYS = 920_000_000;
export const DEBITED_KEY = 930_000_000;

/** The number of keys that one process validates by bcrypt, or rotates, at most. */
export const SLOW_KEYS = 12;

/** The number of entries in a full batch of the usage table's stream. */
export const BATCH_ENTRIES = 1000;
