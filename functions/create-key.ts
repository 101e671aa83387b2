import { administrators } from '../lib/auth/administrators.ts';
import { keyEnvironments, services } from '../lib/environment.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { route } from '../lib/http/route.ts';
import { createBody } from '../lib/http/schemas/keys.ts';
import { issueKey } from '../lib/service/issue-key.ts';

const body = createBody(services(), keyEnvironments());

/** `POST /api/v1/keys`: issues a key. Only this answer contains its text. */
export const handler = route('POST /api/v1/keys', { ...administrators, body }, async (call) => {
  const { apiKey, record } = await issueKey(call.body, call);
  const { key_id } = record;
  return {
    status: 201,
    body: { api_key: apiKey, key_id, key_info: describeKey(record, call.now) },
    log: { key_id },
  };
});
