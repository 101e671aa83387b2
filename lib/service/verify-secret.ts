import { LRUCache } from 'lru-cache';
import { knownPepper, pepperOfVersion, pepperToRenew } from '../aws/secrets/pepper.ts';
import type { ApiKey } from '../domain/key.ts';
import { type Digest, digestKey, sameDigest, type Verifiers } from '../domain/verifiers.ts';
import { serialize } from '../runtime/serialize.ts';
import { KEY_CACHE_OPTIONS } from './cache-options.ts';
import { compareHash } from './compare-hash.ts';

/** A verified key. Its secret never changes, so the entry never becomes invalid. */
interface VerifiedSecret {
  /** SHA-256 of the full key. */
  readonly sha256: Uint8Array;
  /** A digest under the current pepper, to be stored if the stored one is under an older pepper. */
  newDigest?: Digest | undefined;
}

/** The digest of no key. */
const NO_DIGEST = new Uint8Array(32);

/** About 200 bytes per key. */
const verified = new LRUCache<string, VerifiedSecret>(KEY_CACHE_OPTIONS);

/**
 * Verifies the secret of a presented key: by the cache, else by the digest, else by bcrypt. A secret
 * that differs from the cached one is compared by the digest too, so that the time does not tell
 * whether the key is in use.
 * @throws Unavailable when only bcrypt could tell, and too many secrets were wrong of late
 */
export async function verifySecret(key: ApiKey, verifiers: Verifiers, now: Date): Promise<boolean> {
  const fromCache = () => {
    const cached = verified.get(key.keyId);
    return cached && sameDigest(cached.sha256, key.sha256);
  };
  if (fromCache()) return true;
  const pepper = await pepperOfVersion(verifiers.pepper, now);
  const isVerified = pepper
    ? sameDigest(verifiers.digest, digestKey(key, pepper))
    : await serialize(async () => fromCache() ?? compareHash(key, verifiers, now));
  if (!isVerified) return false;
  const newer = await pepperToRenew(verifiers.pepper, now);
  const newDigest = newer && { digest: digestKey(key, newer), pepper: newer.version };
  verified.set(key.keyId, { sha256: key.sha256, newDigest });
  return true;
}

/**
 * Takes the time that a wrong secret takes, for a key that does not exist. Never runs bcrypt, which
 * anyone could then have run.
 */
export async function verifyNothing(key: ApiKey, now: Date): Promise<void> {
  const pepper = await knownPepper(now);
  if (pepper) sameDigest(NO_DIGEST, digestKey(key, pepper));
}

/** Returns the digest to be stored with the next write to the key, if there is one. */
export function newDigestOf(keyId: string): Digest | undefined {
  return verified.get(keyId)?.newDigest;
}

/** Notes that a digest has been stored; a newer one that is still to be stored stays. */
export function markDigestStored(keyId: string, digest: Digest): void {
  const cached = verified.get(keyId);
  if (cached?.newDigest === digest) cached.newDigest = undefined;
}
