import { randomInt } from 'node:crypto';
import type { NewKey } from '../aws/dynamodb/new-keys.ts';
import { currentPepper } from '../aws/secrets/pepper.ts';
import { generateKey, maskKey } from '../domain/key.ts';
import { type KeyConfiguration, type KeyRecord, newRecord } from '../domain/record.ts';
import { makeVerifiers } from '../domain/verifiers.ts';
import { bcryptRounds } from '../environment.ts';

/** A key that is ready to be stored, with its text, which is kept nowhere. */
export interface PreparedKey extends NewKey {
  readonly apiKey: string;
}

/**
 * Generates a key, and makes its record and verifiers.
 * @throws Unavailable when there is no pepper
 */
export async function prepareKey(
  configuration: KeyConfiguration,
  now: Date,
  predecessor?: KeyRecord,
): Promise<PreparedKey> {
  const key = generateKey(configuration.environment, randomInt);
  const identity = { key_id: key.keyId, key_prefix: maskKey(key) };
  return {
    apiKey: key.text,
    record: newRecord(identity, configuration, now, predecessor),
    verifiers: await makeVerifiers(key, await currentPepper(now), bcryptRounds()),
  };
}
