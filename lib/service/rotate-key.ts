import { replaceKey } from '../aws/dynamodb/new-keys.ts';
import { isRevoked } from '../domain/key-state.ts';
import type { Origin } from '../domain/origin.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { serialize } from '../runtime/serialize.ts';
import { type Changed, decideAgainIfChanged } from './decide-again.ts';
import { loadKey } from './load-key.ts';
import { type PreparedKey, prepareKey } from './prepare-key.ts';

export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly successor: PreparedKey }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'revoked' };

/**
 * Replaces a key by a new one of the same configuration, in one transaction. Of several
 * simultaneous rotations of a key one succeeds; a simultaneous change of configuration is never
 * lost.
 * @param graceMinutes how long the old key stays valid; 0: it is revoked at once
 * @throws Unavailable
 */
export function rotateKey(
  keyId: string,
  graceMinutes: number,
  origin: Origin,
): Promise<RotationOutcome> {
  const { now } = origin;
  const graceEndsAt = graceMinutes ? new Date(now.getTime() + graceMinutes * MINUTE_MS) : undefined;
  return serialize(() => decideAgainIfChanged(() => rotateOnce(keyId, graceEndsAt, origin)));
}

async function rotateOnce(
  keyId: string,
  graceEndsAt: Date | undefined,
  origin: Origin,
): Promise<RotationOutcome | Changed> {
  const old = (await loadKey(keyId, origin.now))?.record;
  if (!old) return { kind: 'not_found' };
  if (old.rotated_to !== null || isRevoked(old, origin.now)) return { kind: 'revoked' };
  const successor = await prepareKey(old, origin.now, keyId);
  const outcome = await replaceKey(old, successor, graceEndsAt, origin);
  return outcome.kind === 'changed' ? { kind: 'changed' } : { kind: 'rotated', successor };
}
