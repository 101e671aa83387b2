import {
  type Decision,
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
import { type CachedKey, cachedKey, cachedLimit, loadKey } from './key-cache.ts';
import { cacheNotFound, wasNotFound } from './not-found-cache.ts';
import { verifySecret } from './verify-secret.ts';

/**
 * Validates a key for one request and counts it. It sends one request to DynamoDB if the process has
 * cached the key, and two if it has not; none if the key was over its limit or was not found a
 * moment ago; one more for a rotated key in its grace period.
 * @throws Unavailable
 */
export async function validateKey(
  key: ApiKey,
  request: ValidationRequest,
  now: Date,
): Promise<Validation> {
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
  const isUpToDate = isRetry || !cached;
  const { current, decision } = await decideOnCurrent(key, found, isUpToDate, request, now);
  if (!current) return refuse('invalid_key');
  if (decision.kind === 'refused') return refuseVerified(current, decision.code, now);
  const limit = cachedLimit(current, now);
  if (limit) return refuseVerified(current, limit.code, now, limit.until);
  const counted = await countValidation(current, now);
  switch (counted.kind) {
    case 'counted':
      return { kind: 'valid', record: current.record, rateLimit: counted.rateLimit };
    case 'limit_reached':
      return refuseVerified(counted.key, counted.limit.code, now, counted.limit.until);
    case 'changed':
      return counted;
  }
}

async function loadPresentedKey(key: ApiKey, now: Date): Promise<CachedKey | undefined> {
  const loaded = await loadKey(key.keyId, now);
  if (!loaded) cacheNotFound(key, now);
  return loaded;
}

/** Decides on a key, and reads a cached one again before refusing it, as it may have changed. */
async function decideOnCurrent(
  key: ApiKey,
  found: CachedKey,
  isUpToDate: boolean,
  request: ValidationRequest,
  now: Date,
): Promise<{ current: CachedKey | undefined; decision: Decision }> {
  const decision = decide(found.record, found.allows, request, now);
  if (decision.kind === 'allowed' || isUpToDate) return { current: found, decision };
  const current = await loadPresentedKey(key, now);
  return {
    current,
    decision: current ? decide(current.record, current.allows, request, now) : decision,
  };
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
