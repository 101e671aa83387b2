import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { consume } from './aws/consume.ts';
import type { StoredKey } from './aws/item.ts';
import { readKey } from './aws/keys.ts';
import { peppersFor } from './aws/pepper.ts';
import { type Allowlist, compileAllowlist } from './domain/allowlist.ts';
import {
  decide,
  type RefusalCode,
  type Validation,
  type ValidationRequest,
} from './domain/decide.ts';
import { type ApiKey, hasValidChecksum, keyIdOf } from './domain/key.ts';
import {
  type Counters,
  type Exhausted,
  exhaustedLimit,
  LIMIT_MEMORY_MS,
  rateLimitOf,
} from './domain/limits.ts';
import type { KeyRecord } from './domain/record.ts';
import { Unavailable } from './domain/unavailable.ts';
import { digestKey, matchesHash, sameDigest, type Verifiers } from './domain/verifiers.ts';
import { keyEnvironments } from './environment.ts';
import { inTurn } from './in-turn.ts';

/** What this container knows of a key. It may be old: only the store says yes, and a no is read again. */
interface KnownKey {
  readonly record: KeyRecord;
  readonly verifiers: Verifiers;
  readonly allows: Allowlist;
  counters: Counters;
  /** A limit seen reached, believed for {@link LIMIT_MEMORY_MS}. */
  limit?: { readonly exhausted: Exhausted; readonly believedUntil: number };
}

/** That a key was proven. Its secret never changes, so this holds for good. */
interface Proof {
  /** SHA-256 of the full key. */
  readonly sha256: Uint8Array;
  /** A digest under the current pepper, to be stored where the stored one is under an older. */
  redigest?: Pick<Verifiers, 'digest' | 'pepper'>;
}

/** About 2 KB each: 20 MB at most. */
const known = new LRUCache<string, KnownKey>({ max: 10_000 });
const proofs = new LRUCache<string, Proof>({ max: 10_000 });

/** A round fails only when the key's configuration changed within it. */
const ROUNDS = 5;

/**
 * Validates a key for one request and counts it. One request to DynamoDB when the container has seen
 * the key, two when it has not, none when its limit was just seen reached.
 * @throws Unavailable
 */
export async function validateKey(
  key: ApiKey,
  request: ValidationRequest,
  now: Date,
): Promise<Validation> {
  if (!keyEnvironments().includes(key.environment)) return { refused: 'environment_mismatch' };
  if (!hasValidChecksum(key)) return { refused: 'invalid_key' };
  const keyId = keyIdOf(key);
  let held = known.get(keyId);
  let fresh = false;
  for (let round = 0; round < ROUNDS; round++) {
    if (!held) {
      held = remember(keyId, await readKey(keyId));
      fresh = true;
    }
    const proven = held && (await proves(key, keyId, held.verifiers, now));
    if (!held || !proven) return { refused: 'invalid_key' };
    const { record } = held;
    const refused = decide(record, held.allows, request, now);
    if (refused && fresh) return refusal(held, refused, now);
    if (refused) {
      // It may have been changed since: read it again before saying no.
      held = undefined;
      continue;
    }
    if (held.limit && now.getTime() < held.limit.believedUntil) {
      const { code, until } = held.limit.exhausted;
      return refusal(held, code, now, until);
    }
    const proof = proofs.get(keyId);
    const consumption = await consume(record, held.counters, now, proof?.redigest);
    if ('counters' in consumption) {
      held.counters = consumption.counters;
      if (proof) proof.redigest = undefined;
      return { record, rateLimit: rateLimitOf(record, consumption.counters, now) };
    }
    held = remember(keyId, consumption.refusedBy);
    fresh = true;
    if (!held) return { refused: 'invalid_key' };
    const exhausted = exhaustedLimit(held.record, held.counters, now);
    if (exhausted && held.record.version === record.version) {
      const believedUntil = Math.min(now.getTime() + LIMIT_MEMORY_MS, exhausted.until.getTime());
      held.limit = { exhausted, believedUntil };
      return refusal(held, exhausted.code, now, exhausted.until);
    }
  }
  throw new Unavailable('the key kept changing');
}

/** The refusal of a key that was proven; `until` is when the limit it has reached lets go. */
function refusal(
  { record, counters }: KnownKey,
  refused: RefusalCode,
  now: Date,
  until?: Date,
): Validation {
  return { refused, record, rateLimit: rateLimitOf(record, counters, now), until };
}

/** Replaces what is known of a key. */
function remember(keyId: string, stored: StoredKey | undefined): KnownKey | undefined {
  known.delete(keyId);
  if (!stored) return undefined;
  const held = { ...stored, allows: compileAllowlist(stored.record.allowed_ips) };
  known.set(keyId, held);
  return held;
}

/** Proves that the caller has the key's secret: by memory, else by the digest, else by bcrypt. */
async function proves(
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
  const { current, ofVersion } = await peppersFor(verifiers.pepper, now);
  const proven = ofVersion
    ? sameDigest(verifiers.digest, digestKey(key, ofVersion))
    : await inTurn(async () => remembered() ?? matchesHash(key, verifiers));
  if (!proven) return false;
  const redigest = current &&
    current !== ofVersion && { digest: digestKey(key, current), pepper: current.version };
  proofs.set(keyId, { sha256, ...(redigest && { redigest }) });
  return true;
}
