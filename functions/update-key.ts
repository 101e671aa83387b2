import { administrators } from '../lib/auth/administrators.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { updateBody } from '../lib/http/schemas/keys.ts';
import { updateKey } from '../lib/service/update-key.ts';

const options = { ...administrators, body: updateBody };

/** `PATCH /api/v1/keys/{key_id}`: changes a key's configuration from the next validation on. */
export const handler = route('PATCH /api/v1/keys/{key_id}', options, async (call) => {
  const { body, keyId, now } = call;
  const outcome = await updateKey(keyId, body, call);
  if (outcome.kind === 'not_found') throw new Problem('key_not_found');
  if (outcome.kind === 'revoked') throw new Problem('not_changeable');
  return { status: 200, body: describeKey(outcome.key, now), log: { key_id: keyId } };
});
