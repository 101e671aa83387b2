import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { pepperOfVersion, pepperToRenew } from '../aws/secrets/pepper.ts';
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

/** About 200 bytes per key. */
const verified = new LRUCache<string, VerifiedSecret>(KEY_CACHE_OPTIONS);

/**
 * Verifies the secret of a presented key: by the cache, else by the digest, else by bcrypt.
 * @throws Unavailable when only bcrypt could tell, and too many secrets were wrong of late
 */
export async function verifySecret(key: ApiKey, verifiers: Verifiers, now: Date): Promise<boolean> {
  const sha256 = createHash('sha256').update(key.text).digest();
  const fromCache = () => {
    const cached = verified.get(key.keyId);
    return cached && sameDigest(cached.sha256, sha256);
  };
  const cached = fromCache();
  if (cached !== undefined) return cached;
  const pepper = await pepperOfVersion(verifiers.pepper, now);
  const isVerified = pepper
    ? sameDigest(verifiers.digest, digestKey(key, pepper))
    : await serialize(async () => fromCache() ?? compareHash(key, verifiers, now));
  if (!isVerified) return false;
  const newer = await pepperToRenew(verifiers.pepper, now);
  const newDigest = newer && { digest: digestKey(key, newer), pepper: newer.version };
  verified.set(key.keyId, { sha256, newDigest });
  return true;
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
