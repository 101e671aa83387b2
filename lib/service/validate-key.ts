import {
  decide,
  type RefusalCode,
  type Validation,
  type ValidationRequest,
} from '../domain/decide.ts';
import { type ApiKey, hasValidChecksum } from '../domain/key.ts';
import { rateLimitOf } from '../domain/limits.ts';
import { keyEnvironments } from '../environment.ts';
import { countValidation } from './count-validation.ts';
import { type Changed, decideAgainIfChanged } from './decide-again.ts';
import { type CachedKey, cachedKey, cachedLimit } from './key-cache.ts';
import { loadKey } from './load-key.ts';
import { cacheNotFound, wasNotFound } from './not-found-cache.ts';
import { verifySecret } from './verify-secret.ts';

/**
 * Validates a key for one request and counts it. Requests to DynamoDB:
 * - 1 if the key is cached, 2 if not;
 * - 1 more for a rotated key in its grace period, and before a cached key is refused;
 * - 0 if the key was over its limit, or was not found, a moment ago.
 * @param key the presented key; undefined if it does not have the format of one
 * @throws Unavailable
 */
export async function validateKey(
  key: ApiKey | undefined,
  request: ValidationRequest,
  now: Date,
): Promise<Validation> {
  if (!key) return refuse('invalid_key');
  if (!keyEnvironments().includes(key.environment)) return refuse('environment_mismatch');
  if (!hasValidChecksum(key)) return refuse('invalid_key');
  if (!cachedKey(key.keyId) && wasNotFound(key, now)) return refuse('invalid_key');
  return decideAgainIfChanged((isRetry) => validateOnce(key, request, now, isRetry));
}

async function validateOnce(
  key: ApiKey,
  request: ValidationRequest,
  now: Date,
  isRetry: boolean,
): Promise<Validation | Changed> {
  const cached = cachedKey(key.keyId);
  const found = cached ?? (await loadPresentedKey(key, now));
  if (!found || !(await verifySecret(key, found.verifiers, now))) return refuse('invalid_key');
  const decision = decide(found.record, found.allows, request, now);
  if (decision.kind === 'allowed') return countWithinLimits(found, now);
  if (!cached || isRetry) return refuseVerified(found, decision.code, now);
  // The cached key may be out of date, so it is read again before it is refused.
  const current = await loadPresentedKey(key, now);
  if (!current) return refuse('invalid_key');
  const final = decide(current.record, current.allows, request, now);
  if (final.kind === 'allowed') return countWithinLimits(current, now);
  return refuseVerified(current, final.code, now);
}

async function loadPresentedKey(key: ApiKey, now: Date): Promise<CachedKey | undefined> {
  const loaded = await loadKey(key.keyId, now);
  if (!loaded) cacheNotFound(key, now);
  return loaded;
}

/** Counts a validation that the key's configuration allows, unless a limit is reached. */
async function countWithinLimits(key: CachedKey, now: Date): Promise<Validation | Changed> {
  const limit = cachedLimit(key, now);
  if (limit) return refuseVerified(key, limit.code, now, limit.until);
  const counted = await countValidation(key, now);
  switch (counted.kind) {
    case 'counted':
      return { kind: 'valid', record: key.record, rateLimit: counted.rateLimit };
    case 'limit_reached':
      return refuseVerified(counted.key, counted.limit.code, now, counted.limit.until);
    case 'changed':
      return counted;
  }
}

/** Refuses a key whose secret was not verified. */
function refuse(code: RefusalCode): Validation {
  return { kind: 'refused', code };
}

/** Refuses a key whose secret was verified. */
function refuseVerified(
  { record, counters }: CachedKey,
  code: RefusalCode,
  now: Date,
  until?: Date,
): Validation {
  const key = { record, rateLimit: rateLimitOf(record, counters, now) };
  return { kind: 'refused', code, key, until };
}
