import { consume } from './aws/consume.ts';
import {
  decide,
  type RefusalCode,
  type Validation,
  type ValidationRequest,
} from './domain/decide.ts';
import { type ApiKey, hasValidChecksum, keyIdOf } from './domain/key.ts';
import { exhaustedLimit, LIMIT_MEMORY_MS, rateLimitOf } from './domain/limits.ts';
import { Unavailable } from './domain/unavailable.ts';
import { keyEnvironments } from './environment.ts';
import { type KnownKey, loadKey, recallKey, rememberKey } from './known-keys.ts';
import { proofOf, proves } from './proof.ts';
import { rememberNotFound, wasNotFound } from './unknown-keys.ts';

/** A round fails only when the key's configuration changed within it. */
const ROUNDS = 5;

/**
 * Validates a key for one request and counts it. One request to DynamoDB when the container has seen
 * the key, two when it has not, none when its limit was just seen reached or the key was just not found.
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
      held = await loadKey(keyId);
      fresh = true;
      if (!held) rememberNotFound(key, now);
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
    const proof = proofOf(keyId);
    const consumption = await consume(record, held.counters, now, proof?.redigest);
    if ('counters' in consumption) {
      held.counters = consumption.counters;
      if (proof) proof.redigest = undefined;
      return { record, rateLimit: rateLimitOf(record, consumption.counters, now) };
    }
    held = rememberKey(keyId, consumption.refusedBy);
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
