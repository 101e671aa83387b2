import { createHmac } from 'node:crypto';
import { type Pepper, sameDigest } from './verifiers.ts';

/** Separates the key of the seals from other uses of the pepper. */
const PURPOSE = 'hokusai-api-keys audit trail v1';

/**
 * The attributes of an entry in the database's own notation. It tells types apart, so that no value
 * of another type has the same seal.
 */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * What the seal of an entry says about it:
 * - `valid`: the entry is as it was written;
 * - `wrong`: it is not;
 * - `missing`: it has none;
 * - `unverifiable`: Secrets Manager no longer has the pepper that it was made with.
 */
export const SEALS = ['valid', 'wrong', 'missing', 'unverifiable'] as const;
export type Seal = (typeof SEALS)[number];

/**
 * Returns the seal of an entry: HMAC-SHA-256 over all its attributes, the key's id and the entry's
 * name among them, so that an entry which is altered, moved or copied shows.
 */
export function sealOf(attributes: Attributes, pepper: Pepper): Buffer {
  const key = createHmac('sha256', pepper.value).update(PURPOSE).digest();
  return createHmac('sha256', key).update(canonicalJson(attributes)).digest();
}

/** Compares in constant time. */
export function hasSeal(attributes: Attributes, pepper: Pepper, seal: Uint8Array): boolean {
  return sameDigest(sealOf(attributes, pepper), seal);
}

/** Returns JSON with sorted members. The values are texts, flags, lists and objects. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
