import type { StoredKey } from '../aws/dynamodb/item.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { compileAllowlist } from '../domain/allowlist.ts';
import type { ValidationRequest } from '../domain/decide.ts';
import { type Explanation, explain } from '../domain/explain.ts';
import type { FoundKey, Presented } from '../domain/explain-facts.ts';
import { isKeyId } from '../domain/key.ts';
import { type Counters, limitUses } from '../domain/limits.ts';
import { keyEnvironments } from '../environment.ts';
import { lastSuccessor } from './load-key.ts';
import { verifySecret } from './verify-secret.ts';

/**
 * Explains what a validation would answer now. It writes nothing and does not use the cache of keys.
 * Requests to DynamoDB: 1, 1 more for each rotation of the key since, and 1 more if the last
 * successor has not taken over its predecessor's counters. None for what can't be a key.
 * @throws Unavailable
 */
export async function explainKey(
  presented: Presented,
  request: Partial<ValidationRequest>,
  now: Date,
): Promise<Explanation> {
  const found = await findKey(presented, now);
  return explain({ presented, found, request, environments: keyEnvironments(), now });
}

async function findKey(presented: Presented, now: Date): Promise<FoundKey | undefined> {
  if (presented.kind === 'malformed') return undefined;
  const keyId = presented.kind === 'key' ? presented.key.keyId : presented.keyId;
  const stored = isKeyId(keyId) ? await readKey(keyId) : undefined;
  if (!stored) return undefined;
  const { record, verifiers, usedFrom } = stored;
  const counting = await lastSuccessor(stored, readKey);
  return {
    record,
    usedFrom,
    allows: compileAllowlist(record.allowed_ips),
    isSecretRight:
      presented.kind === 'key' ? await verifySecret(presented.key, verifiers, now) : undefined,
    limits: limitUses(record, await countersOf(counting), now),
    countedOn: counting.record.key_id,
  };
}

/** Returns the counters of a key, or those that it will take over before it counts anything. */
async function countersOf({ counters, inheritsFrom }: StoredKey): Promise<Counters> {
  if (inheritsFrom === undefined) return counters;
  return (await readKey(inheritsFrom))?.counters ?? {};
}
