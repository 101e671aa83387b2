import { consume, consumeShared } from '../aws/dynamodb/consume.ts';
import {
  decide,
  type RefusalCode,
  type Validation,
  type ValidationRequest,
} from '../domain/decide.ts';
import { type ApiKey, hasValidChecksum, keyIdOf } from '../domain/key.ts';
import {
  type Exhausted,
  exhaustedLimit,
  LIMIT_MEMORY_MS,
  type RateLimit,
  rateLimitOf,
} from '../domain/limits.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { keyEnvironments } from '../environment.ts';
import { countingKey, type KnownKey, loadKey, recallKey, rememberKey } from './key-cache.ts';
import { rememberNotFound, wasNotFound } from './not-found-cache.ts';
import { proofOf, proves } from './verify-secret.ts';

/** A round fails only when the key's configuration changed within it. */
const ROUNDS = 5;

/**
 * Validates a key for one request and counts it. One request to DynamoDB when the container has seen
 * the key, two when it has not, none when its limit was just seen reached or the key was just not found; one
 * more for a rotated key in its grace period.
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
  let held = recallKey(keyId);
  if (!held && wasNotFound(key, now)) return { refused: 'invalid_key' };
  let fresh = false;
  for (let round = 0; round < ROUNDS; round++) {
    if (!held) {
      held = await loadKey(keyId, now);
      fresh = true;
      if (!held) rememberNotFound(key, now);
    }
    const proven = held && (await proves(key, keyId, held.verifiers, now));
    if (!held || !proven) return { refused: 'invalid_key' };
    const refused = decide(held.record, held.allows, request, now);
    if (refused && !fresh) {
      // It may have been changed since: read it again before saying no.
      held = undefined;
      continue;
    }
    if (refused) return refusal(held, refused, now);
    if (held.limit && now.getTime() < held.limit.believedUntil) {
      const { code, until } = held.limit.exhausted;
      return refusal(held, code, now, until);
    }
    const use = await countUse(held, now);
    if (use.kind === 'counted') return { record: held.record, rateLimit: use.rateLimit };
    if (use.kind === 'exhausted') return refusal(use.key, use.limit.code, now, use.limit.until);
    held = recallKey(keyId);
    fresh = true;
  }
  throw new Unavailable('the key kept changing');
}

type Use =
  | { readonly kind: 'counted'; readonly rateLimit: RateLimit }
  | { readonly kind: 'exhausted'; readonly key: KnownKey; readonly limit: Exhausted }
  /** What is remembered of the key, or of the one that counts for it, is up to date now: decide again. */
  | { readonly kind: 'changed' };

/** Counts one validation of a key that was decided to be valid. */
async function countUse(key: KnownKey, now: Date): Promise<Use> {
  const { record } = key;
  const proof = proofOf(record.key_id);
  const counting = record.rotated_to === null ? key : await countingKey(key, now);
  const consumption =
    counting === key
      ? await consume(record, key.counters, now, proof?.redigest)
      : await consumeShared(record, counting, now, proof?.redigest);
  if (consumption.kind === 'counted') {
    counting.counters = consumption.counters;
    if (proof) proof.redigest = undefined;
    return { kind: 'counted', rateLimit: rateLimitOf(record, consumption.counters, now) };
  }
  const current = rememberKey(consumption.keyId, consumption.key);
  const stillCounts =
    current?.record.key_id === counting.record.key_id && current.record.rotated_to === null;
  if (!current || !stillCounts) return { kind: 'changed' };
  if (counting === key && current.record.version !== record.version) return { kind: 'changed' };
  const limit = exhaustedLimit(record, current.counters, now);
  if (!limit) return { kind: 'changed' };
  const refused = counting === key ? current : key;
  const believedUntil = Math.min(now.getTime() + LIMIT_MEMORY_MS, limit.until.getTime());
  refused.limit = { exhausted: limit, believedUntil };
  refused.counters = current.counters;
  return { kind: 'exhausted', key: refused, limit };
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
