import { administrators } from '../lib/auth/administrators.ts';
import { recommendedLimit } from '../lib/domain/use-case.ts';
import { keyEnvironments, services } from '../lib/environment.ts';
import { describeKey } from '../lib/http/describe-key.ts';
import { route } from '../lib/http/route.ts';
import { createBody } from '../lib/http/schemas/keys.ts';
import { issueKey } from '../lib/service/issue-key.ts';

const body = createBody(services(), keyEnvironments());

/** `POST /api/v1/keys`: issues a key. Only this answer contains its text. */
export const handler = route('POST /api/v1/keys', { ...administrators, body }, async (call) => {
  const { rate_limit_per_hour = recommendedLimit(call.body.use_case) } = call.body;
  const key = await issueKey({ ...call.body, rate_limit_per_hour }, call);
  const { key_id } = key.record;
  return {
    status: 201,
    body: { api_key: key.apiKey, key_id, key_info: describeKey(key, call.now) },
    log: { key_id },
  };
});
