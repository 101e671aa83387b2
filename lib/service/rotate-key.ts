import { replaceKey } from '../aws/dynamodb/new-keys.ts';
import { isRevoked } from '../domain/key-state.ts';
import type { Origin } from '../domain/origin.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { deadlineBefore } from '../runtime/deadline.ts';
import { serialize } from '../runtime/serialize.ts';
import { type Changed, decideAgainIfChanged } from './decide-again.ts';
import { loadKey } from './load-key.ts';
import { type PreparedKey, prepareKey } from './prepare-key.ts';
import { settleLeases } from './settle.ts';

export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly successor: PreparedKey }
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
  const outcome = await serialize(rotate);
  if (outcome.kind === 'rotated' && !graceEndsAt) await settleLeases(keyId, performance.now());
  return outcome;
}

async function rotateOnce(
  keyId: string,
  graceEndsAt: Date | undefined,
  origin: Origin,
): Promise<RotationOutcome | Changed> {
  const found = await loadKey(keyId, origin.now);
  if (!found) return { kind: 'not_found' };
  const { record: old, leaseMs } = found;
  if (old.rotated_to !== null || isRevoked(old, origin.now)) return { kind: 'revoked' };
  const successor = await prepareKey(old, origin.now, keyId);
  // In time for the wait: after a 503 the caller would never get the successor's text.
  const signal = deadlineBefore(graceEndsAt ? 0 : leaseMs);
  const outcome = await replaceKey(old, successor, graceEndsAt, origin, signal);
  return outcome.kind === 'changed' ? { kind: 'changed' } : { kind: 'rotated', successor };
}
