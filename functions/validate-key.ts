import { parseKey } from '../lib/domain/key.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import {
  measureValidation,
  presentedKey,
  validateBody,
  validationReply,
} from '../lib/http/validation.ts';
import { validateKey } from '../lib/service/validate-key.ts';

/** What is counted late is counted once too often, never too seldom. */
const options = {
  body: validateBody,
  maxBodyKib: 4,
  measure: measureValidation,
  deadline: false,
} as const;

/** `POST /api/v1/keys/validate`: says whether a key may be used, and counts it. */
export const handler = route(options, async (call) => {
  const { api_key: _, client_ip = call.sourceIp, ...asked } = call.body;
  const presented = presentedKey(call);
  if (!presented) throw new Problem('bad_request', { detail: 'No API key provided' });
  const key = parseKey(presented);
  const validation = key
    ? await validateKey(key, { ...asked, client_ip }, call.now)
    : ({ refused: 'invalid_key' } as const);
  return validationReply(validation, key, call.now);
});
