import { setTimeout as delay } from 'node:timers/promises';
import { administrators } from '../lib/auth/administrators.ts';
import { updateKey } from '../lib/aws/dynamodb/changes.ts';
import { readKey } from '../lib/aws/dynamodb/keys.ts';
import { LIMIT_MEMORY_MS } from '../lib/domain/limits.ts';
import { daysLater, describeKey } from '../lib/domain/record.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { updateBody } from '../lib/http/schemas/keys.ts';

const LIMITS = ['rate_limit_per_hour', 'monthly_prediction_limit', 'overage_allowed'] as const;

/** `PATCH /api/v1/keys/{key_id}`: changes a key's configuration from the next validation on. */
export const handler = route({ ...administrators, body: updateBody }, async (call) => {
  const { body, keyId, now } = call;
  const expiry = body.expires_in_days && { expires_at: daysLater(now, body.expires_in_days) };
  const outcome = await updateKey(keyId, { ...body, ...expiry }, call);
  if (outcome === 'not_found') throw new Problem('key_not_found');
  if (outcome === 'revoked') {
    throw new Problem('conflict', {
      detail: 'API key has been rotated or revoked and cannot be changed',
    });
  }
  // A container may still answer "over the limit" from memory; when we confirm, none does.
  const changesLimit = LIMITS.some((limit) => limit in body);
  const [key] = await Promise.all([readKey(keyId), changesLimit && delay(LIMIT_MEMORY_MS)]);
  if (!key) throw new Problem('key_not_found');
  return { status: 200, body: describeKey(key.record, now), log: { key_id: keyId } };
});
