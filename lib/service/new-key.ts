import { randomInt } from 'node:crypto';
import type { NewKey } from '../aws/dynamodb/new-keys.ts';
import { currentPepper } from '../aws/secrets/pepper.ts';
import { generateKey, maskKey } from '../domain/key.ts';
import { type KeyConfiguration, newRecord } from '../domain/record.ts';
import { makeVerifiers } from '../domain/verifiers.ts';
import { bcryptRounds } from '../environment.ts';

/** A new key with its text, which is kept nowhere. */
export interface GeneratedKey extends NewKey {
  readonly apiKey: string;
}

/**
 * Generates a key with its record and verifiers, which are still to be stored.
 * @throws Unavailable when there is no pepper
 */
export async function newKey(
  configuration: KeyConfiguration,
  now: Date,
  rotatedFrom?: string,
): Promise<GeneratedKey> {
  const key = generateKey(configuration.environment, randomInt);
  const identity = { key_id: key.keyId, key_prefix: maskKey(key) };
  return {
    apiKey: key.text,
    record: newRecord(identity, configuration, now, rotatedFrom),
    verifiers: await makeVerifiers(key, await currentPepper(now), bcryptRounds()),
  };
}
