import { administrators } from '../lib/auth/administrators.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { rotateBody } from '../lib/http/schemas/keys.ts';
import { rotateKey } from '../lib/service/rotate-key.ts';

const options = { ...administrators, body: rotateBody };

/** `POST /api/v1/keys/{key_id}/rotate`: replaces a key by a new one of the same configuration. */
export const handler = route('POST /api/v1/keys/{key_id}/rotate', options, async (call) => {
  const { grace_period_minutes, reason } = call.body;
  const outcome = await rotateKey(call.keyId, grace_period_minutes, { ...call, reason });
  if (outcome.kind === 'not_found') throw new Problem('key_not_found');
  if (outcome.kind === 'revoked') throw new Problem('not_rotatable');
  const { successor } = outcome;
  const { key_id, rotated_from } = successor.record;
  return {
    status: 200,
    body: { api_key: successor.apiKey, key_id, key_info: describeKey(successor, call.now) },
    log: { key_id, rotated_from },
  };
});
