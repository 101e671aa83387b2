// The keys from each of these numbers on are reserved for one operation. Others start at 0.
export const LIMITED_KEY = 900_000_000;
export const BCRYPT_KEYS = 910_000_000;
export const ROTATED_KEYS = 920_000_000;
export const DEBITED_KEY = 930_000_000;
export const LEASED_KEYS = 940_000_000;

/** The largest number of keys that one process validates by bcrypt, or rotates. */
export const SLOW_KEYS = 12;

/** The number of keys that are used with leases, each by one process at a time. */
export const LEASED_KEY_COUNT = 4;

/** The number of entries in a full batch of the usage table's stream. */
export const BATCH_ENTRIES = 1000;
