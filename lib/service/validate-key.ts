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
import { type CachedKey, cachedLimit } from './key-cache.ts';
import { noteEndedKey } from './note-ended-key.ts';
import { decideOnPresented } from './presented-key.ts';

/**
 * Validates a key for one request and counts it. Requests to DynamoDB:
 * - 1 if the key is cached, 2 if not;
 * - 1 more for a rotated key in its grace period, and before a cached key is refused, unless it was
 *   revoked;
 * - 1 more for the first refusal of an ended key in an hour, to note that it is still presented;
 * - as many again, once or twice, if the hour has room for less of a lease than was asked for;
 * - 0 if the key was over its limit, or was invalid, a moment ago.
 * @param key the presented key; undefined if it does not have the format of one
 * @param leaseRequests the requests that the caller wants a lease of; undefined: it wants none
 * @throws Unavailable
 */
export async function validateKey(
  key: ApiKey | undefined,
  request: ValidationRequest,
  leaseRequests: number | undefined,
  now: Date,
): Promise<Validation> {
  if (!key) return refuse('invalid_key');
  if (!keyEnvironments().includes(key.environment)) return refuse('environment_mismatch');
  if (!hasValidChecksum(key)) return refuse('invalid_key');
  return decideAgainIfChanged((isRetry) => validateOnce(key, request, leaseRequests, now, isRetry));
}

async function validateOnce(
  key: ApiKey,
  request: ValidationRequest,
  leaseRequests: number | undefined,
  now: Date,
  isRetry: boolean,
): Promise<Validation | Changed> {
  const decideOn = ({ record, allows }: CachedKey) => decide(record, allows, request, now);
  const outcome = await decideOnPresented(key, decideOn, now, isRetry);
  switch (outcome.kind) {
    case 'invalid':
      return refuse('invalid_key');
    case 'decided': {
      const { found, decision } = outcome;
      if (decision.kind === 'refused') {
        await noteEndedKey(found.record, now);
        return refuseVerified(found, decision.code, now);
      }
      return countWithinLimits(found, request.client_ip, leaseRequests, now);
    }
  }
}

/** Counts a validation that the key's configuration allows, unless a limit is reached. */
async function countWithinLimits(
  key: CachedKey,
  clientIp: string,
  leaseRequests: number | undefined,
  now: Date,
): Promise<Validation | Changed> {
  const limit = cachedLimit(key, now);
  if (limit) return refuseVerified(key, limit.code, now, limit.until);
  const counted = await countValidation(key, clientIp, leaseRequests, now);
  switch (counted.kind) {
    case 'counted': {
      const { rateLimit, lease } = counted;
      return { kind: 'valid', record: key.record, rateLimit, lease };
    }
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
