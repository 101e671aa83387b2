import { administrators } from '../lib/auth/administrators.ts';
import { describeKey } from '../lib/domain/record.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { rotateBody } from '../lib/http/schemas/keys.ts';
import { rotateKey } from '../lib/service/issue-key.ts';

/** `POST /api/v1/keys/{key_id}/rotate`: replaces a key by a new one of the same configuration. */
export const handler = route({ ...administrators, body: rotateBody }, async (call) => {
  const { grace_period_minutes, reason } = call.body;
  const rotated = await rotateKey(call.keyId, grace_period_minutes, { ...call, reason });
  if (rotated === 'not_found') throw new Problem('key_not_found');
  if (rotated === 'revoked') {
    throw new Problem('conflict', { detail: 'API key has already been rotated or revoked' });
  }
  const { apiKey, record } = rotated;
  const { key_id, rotated_from } = record;
  return {
    status: 200,
    body: { api_key: apiKey, key_id, key_info: describeKey(record, call.now) },
    log: { key_id, rotated_from },
  };
});
