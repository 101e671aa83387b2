import { administrators } from '../lib/auth/administrators.ts';
import { revokeKey } from '../lib/aws/dynamodb/changes.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { revokeBody } from '../lib/http/schemas/keys.ts';

/** `DELETE /api/v1/keys/{key_id}`: revokes a key, for good and at once. Revoking it again is no error. */
export const handler = route({ ...administrators, body: revokeBody }, async (call) => {
  const origin = { ...call, reason: call.body.reason };
  if ((await revokeKey(call.keyId, origin)) === 'not_found') throw new Problem('key_not_found');
  return {
    status: 200,
    body: { message: 'API key revoked successfully' },
    log: { key_id: call.keyId },
  };
});
