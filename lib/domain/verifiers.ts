import { createHmac, timingSafeEqual } from 'node:crypto';
import { compare, hash } from 'bcryptjs';
import type { ApiKey } from './key.ts';

/** A secret kept outside the table; without it a stolen digest reveals nothing about its key. */
export interface Pepper {
  readonly version: string;
  readonly value: string;
}

/** The values that the table holds instead of the key. */
export interface Verifiers {
  /** bcrypt of the full key: slow, but it needs no pepper, so it decides when there is none. */
  readonly hash: string;
  /** HMAC-SHA-256 of the full key under the pepper of version `pepper`: microseconds. */
  readonly digest: Uint8Array;
  readonly pepper: string;
}

/** The digest of a key, and the version of its pepper. */
export type Digest = Pick<Verifiers, 'digest' | 'pepper'>;

/**
 * Makes the verifiers of a new key.
 * @param rounds bcrypt's cost factor: each further round doubles the time; 12 take about 280 ms
 */
export async function makeVerifiers(
  key: ApiKey,
  pepper: Pepper,
  rounds: number,
): Promise<Verifiers> {
  return {
    hash: await hash(key.text, rounds),
    digest: digestKey(key, pepper),
    pepper: pepper.version,
  };
}

/** Returns the HMAC-SHA-256 of the full key under the pepper. */
export function digestKey(key: ApiKey, pepper: Pepper): Uint8Array {
  return createHmac('sha256', pepper.value).update(key.text).digest();
}

/** Compares two digests in constant time. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Compares the key with its bcrypt hash, which takes about 280 ms at 12 rounds. */
export function matchesHash(key: ApiKey, verifiers: Verifiers): Promise<boolean> {
  return compare(key.text, verifiers.hash);
}
