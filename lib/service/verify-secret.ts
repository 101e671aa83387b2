import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { pepperOfVersion, pepperToRenew } from '../aws/secrets/pepper.ts';
import type { ApiKey } from '../domain/key.ts';
import { digestKey, matchesHash, sameDigest, type Verifiers } from '../domain/verifiers.ts';
import { inTurn } from '../runtime/serialize.ts';
import { KEYS } from './memory.ts';

/** That a key was proven. Its secret never changes, so this holds for good. */
export interface Proof {
  /** SHA-256 of the full key. */
  readonly sha256: Uint8Array;
  /** A digest under the current pepper, to be stored where the stored one is under an older. */
  redigest?: Pick<Verifiers, 'digest' | 'pepper'>;
}

/** Some 200 bytes each. */
const proofs = new LRUCache<string, Proof>(KEYS);

/** The proof remembered of a key. */
export function proofOf(keyId: string): Proof | undefined {
  return proofs.get(keyId);
}

/** Proves that the caller has the key's secret: by memory, else by the digest, else by bcrypt. */
export async function proves(
  key: ApiKey,
  keyId: string,
  verifiers: Verifiers,
  now: Date,
): Promise<boolean> {
  const sha256 = createHash('sha256').update(key.text).digest();
  const remembered = () => {
    const proof = proofs.get(keyId);
    return proof && sameDigest(proof.sha256, sha256);
  };
  const answer = remembered();
  if (answer !== undefined) return answer;
  const pepper = await pepperOfVersion(verifiers.pepper, now);
  const proven = pepper
    ? sameDigest(verifiers.digest, digestKey(key, pepper))
    : await inTurn(async () => remembered() ?? matchesHash(key, verifiers));
  if (!proven) return false;
  const newer = await pepperToRenew(verifiers.pepper, now);
  const redigest = newer && { digest: digestKey(key, newer), pepper: newer.version };
  proofs.set(keyId, { sha256, ...(redigest && { redigest }) });
  return true;
}
