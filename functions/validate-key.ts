import { tallyRefusal } from '../lib/auth/tally-refusal.ts';
import { parseKey } from '../lib/domain/key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { validateBody } from '../lib/http/schemas/validation.ts';
import { measureValidation, presentedKey, validationReply } from '../lib/http/validation.ts';
import { validateKey } from '../lib/service/validate-key.ts';

const options = {
  body: validateBody,
  maxBodyKib: 4,
  afterRefusal: tallyRefusal,
  measure: measureValidation,
  // A write that finishes after the 503 can only over-count, never admit extra calls.
  deadline: false,
} as const;

/** `POST /api/v1/keys/validate`: says whether a key may be used, and counts the call. */
export const handler = route('POST /api/v1/keys/validate', options, async (call) => {
  const { api_key: _, client_ip = call.sourceIp, lease_requests, ...request } = call.body;
  const presented = presentedKey(call);
  if (!presented) throw new Problem('bad_request', { detail: 'No API key provided' });
  const key = parseKey(presented);
  const asked = { ...request, client_ip };
  const validation = await validateKey(key, asked, lease_requests, call.now);
  return validationReply(validation, key, lease_requests !== undefined, call.now);
});
