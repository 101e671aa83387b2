import type { Origin } from '../aws/dynamodb/audit.ts';
import { createKey } from '../aws/dynamodb/new-keys.ts';
import type { KeyConfiguration } from '../domain/record.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { serialize } from '../runtime/serialize.ts';
import { type GeneratedKey, newKey } from './new-key.ts';

/** An attempt fails only if the new key_id is taken, so two in a row are rare already. */
const ATTEMPTS = 5;

/**
 * Issues a key.
 * @throws Unavailable
 */
export async function issueKey(
  configuration: KeyConfiguration,
  origin: Origin,
): Promise<GeneratedKey> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const generated = await serialize(() => newKey(configuration, origin.now));
    const outcome = await createKey(generated, origin);
    if (outcome.kind === 'created') return generated;
  }
  throw new Unavailable('every generated key_id was taken');
}
