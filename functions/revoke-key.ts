import { revokers } from '../lib/auth/administrators.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { revokeBody } from '../lib/http/schemas/keys.ts';
import { revokeKey } from '../lib/service/revoke-key.ts';

const options = { ...revokers, body: revokeBody };

/** `DELETE /api/v1/keys/{key_id}`: revokes a key permanently. Revoking it again is no error. */
export const handler = route('DELETE /api/v1/keys/{key_id}', options, async (call) => {
  const { keyId, body } = call;
  const outcome = await revokeKey(keyId, { ...call, reason: body.reason });
  if (outcome.kind === 'not_found') throw new Problem('key_not_found');
  return {
    status: 200,
    body: { message: 'API key revoked successfully' },
    log: { key_id: keyId },
  };
});
