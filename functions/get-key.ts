import { auditors } from '../lib/auth/administrators.ts';
import { readKey } from '../lib/aws/dynamodb/keys.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';

/** `GET /api/v1/keys/{key_id}`: returns a key's configuration and state. */
export const handler = route('GET /api/v1/keys/{key_id}', auditors, async ({ keyId, now }) => {
  const key = await readKey(keyId);
  if (!key) throw new Problem('key_not_found');
  return { status: 200, body: describeKey(key.record, now) };
});
