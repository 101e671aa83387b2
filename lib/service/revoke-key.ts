import { type ChangeOutcome, markRevoked } from '../aws/dynamodb/changes.ts';
import { sealingPepper } from '../aws/secrets/pepper.ts';
import type { Origin } from '../domain/origin.ts';
import { settleLeases } from './settle.ts';

/**
 * Revokes a key permanently. When it returns, no process and no lease accepts the key any more. That
 * also holds for a repeat, whose predecessor may still be waiting.
 * @throws Unavailable
 */
export async function revokeKey(keyId: string, origin: Origin): Promise<ChangeOutcome> {
  const pepper = await sealingPepper(origin.now);
  const outcome = await markRevoked(keyId, origin, pepper);
  if (outcome.kind !== 'not_found') await settleLeases(keyId, performance.now());
  return outcome;
}
