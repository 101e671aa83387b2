import { createKey } from '../aws/dynamodb/new-keys.ts';
import { sealingPepper } from '../aws/secrets/pepper.ts';
import type { Origin } from '../domain/origin.ts';
import type { KeyConfiguration } from '../domain/record.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { serialize } from '../runtime/serialize.ts';
import { type PreparedKey, prepareKey } from './prepare-key.ts';

/** An attempt fails only if the new key_id is taken, so two in a row are rare already. */
const ATTEMPTS = 5;

/**
 * Issues a key.
 * @throws Unavailable
 */
export async function issueKey(
  configuration: KeyConfiguration,
  origin: Origin,
): Promise<PreparedKey> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const prepared = await serialize(() => prepareKey(configuration, origin.now));
    const outcome = await createKey(prepared, origin, await sealingPepper(origin.now));
    if (outcome.kind === 'created') return prepared;
  }
  throw new Unavailable('every generated key_id was taken');
}
