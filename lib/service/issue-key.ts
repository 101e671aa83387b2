import { randomInt } from 'node:crypto';
import type { Origin } from '../aws/dynamodb/audit.ts';
import { createKey, type NewKey, replaceKey } from '../aws/dynamodb/changes.ts';
import { currentPepper } from '../aws/secrets/pepper.ts';
import { generateKey, keyIdOf, maskKey } from '../domain/key.ts';
import { isRevoked, type KeyConfiguration, type KeyRecord, newRecord } from '../domain/record.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { makeVerifiers } from '../domain/verifiers.ts';
import { bcryptRounds } from '../environment.ts';
import { inTurn } from '../runtime/serialize.ts';
import { loadKey } from './key-cache.ts';

const MINUTE_MS = 60_000;

/** Each attempt fails only by a collision or a simultaneous change, so two in a row are rare already. */
const ATTEMPTS = 5;

/** A new key and the only copy of its text. */
export interface IssuedKey {
  readonly apiKey: string;
  readonly record: KeyRecord;
}

/**
 * Issues a key.
 * @throws Unavailable
 */
export async function issueKey(
  configuration: KeyConfiguration,
  origin: Origin,
): Promise<IssuedKey> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = await inTurn(() => drawKey(configuration, origin.now));
    if (await createKey(drawn, origin)) return drawn;
  }
  throw new Unavailable('no free key_id drawn');
}

/**
 * Replaces a key by a new one of the same configuration, in one transaction. Of many rotations of
 * one key at once, one succeeds; a change of configuration at the same moment is never lost.
 * @param graceMinutes for how long the old key stays valid; 0: it is revoked at once
 * @throws Unavailable
 */
export function rotateKey(
  keyId: string,
  graceMinutes: number,
  origin: Origin,
): Promise<IssuedKey | 'not_found' | 'revoked'> {
  return inTurn(() => rotate(keyId, graceMinutes, origin));
}

async function rotate(
  keyId: string,
  graceMinutes: number,
  origin: Origin,
): Promise<IssuedKey | 'not_found' | 'revoked'> {
  const graceEndsAt = graceMinutes
    ? new Date(origin.now.getTime() + graceMinutes * MINUTE_MS)
    : undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const old = (await loadKey(keyId, origin.now))?.record;
    if (!old) return 'not_found';
    if (old.rotated_to !== null || isRevoked(old, origin.now)) return 'revoked';
    const successor = await drawKey(old, origin.now, keyId);
    if (await replaceKey(old, successor, graceEndsAt, origin)) return successor;
  }
  throw new Unavailable('the key kept changing');
}

async function drawKey(
  configuration: KeyConfiguration,
  now: Date,
  rotatedFrom?: string,
): Promise<IssuedKey & NewKey> {
  const key = generateKey(configuration.environment, randomInt);
  const identity = { key_id: keyIdOf(key), key_prefix: maskKey(key) };
  return {
    apiKey: key.text,
    record: newRecord(identity, configuration, now, rotatedFrom),
    verifiers: await makeVerifiers(key, await currentPepper(now), bcryptRounds()),
  };
}
