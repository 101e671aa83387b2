import { replaceKey } from '../aws/dynamodb/new-keys.ts';
import { sealingPepper } from '../aws/secrets/pepper.ts';
import { isRevoked } from '../domain/key-state.ts';
import { longestLease } from '../domain/lease.ts';
import { enforcedMonthlyLimit } from '../domain/limits.ts';
import type { Origin } from '../domain/origin.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { deadlineBefore } from '../runtime/deadline.ts';
import { serialize } from '../runtime/serialize.ts';
import { type Changed, decideAgainIfChanged } from './decide-again.ts';
import { loadKey } from './load-key.ts';
import { type PreparedKey, prepareKey } from './prepare-key.ts';
import { settle } from './settle.ts';

export type RotationOutcome =
  /** `waitMs`: how long leases of the old key last that were granted before. */
  | { readonly kind: 'rotated'; readonly successor: PreparedKey; readonly waitMs: number }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Replaces a key by a new one of the same configuration, in one transaction. Of several
 * simultaneous rotations of a key one succeeds; a simultaneous change of configuration is never
 * lost. When it returns, no lease accepts a key that was revoked at once.
 * @param graceMinutes how long the old key stays valid; 0: it is revoked at once
 * @throws Unavailable
 */
export async function rotateKey(
  keyId: string,
  graceMinutes: number,
  origin: Origin,
): Promise<RotationOutcome> {
  const { now } = origin;
  const graceEndsAt = graceMinutes ? new Date(now.getTime() + graceMinutes * MINUTE_MS) : undefined;
  const rotate = () => decideAgainIfChanged(() => rotateOnce(keyId, graceEndsAt, origin));
  // Otherwise simultaneous rotations of a key would each run bcrypt, all but one in vain. Other
  // changes of the key need not wait for that.
  const outcome = await serialize(rotate, `rotation of ${keyId}`);
  if (outcome.kind === 'rotated') await settle(performance.now(), outcome.waitMs);
  return outcome;
}

async function rotateOnce(
  keyId: string,
  graceEndsAt: Date | undefined,
  origin: Origin,
): Promise<RotationOutcome | Changed> {
  const found = await loadKey(keyId, origin.now);
  if (!found) return { kind: 'not_found' };
  const { record: old, leases } = found;
  if (old.rotated_to !== null || isRevoked(old, origin.now)) return { kind: 'revoked' };
  const successor = await serialize(() => prepareKey(old, origin.now, old));
  // In a grace period leases remain valid, except that a month's limit is then counted elsewhere.
  const waitMs = graceEndsAt && enforcedMonthlyLimit(old) === undefined ? 0 : longestLease(leases);
  // In time for the wait: after a 503 the caller would never get the successor's text.
  const signal = deadlineBefore(waitMs);
  const pepper = await sealingPepper(origin.now);
  const outcome = await replaceKey(found, successor, graceEndsAt, origin, pepper, signal);
  return outcome.kind === 'changed' ? { kind: 'changed' } : { kind: 'rotated', successor, waitMs };
}
