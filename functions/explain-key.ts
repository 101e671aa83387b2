import { auditors } from '../lib/auth/administrators.ts';
import { explanationReply, presentedIn } from '../lib/http/explanation.ts';
import { route } from '../lib/http/route.ts';
import { explainBody } from '../lib/http/schemas/explain-body.ts';
import { explainKey } from '../lib/service/explain-key.ts';

const options = { ...auditors, body: explainBody, maxBodyKib: 4 };

/** `POST /api/v1/keys/explain`: explains what a validation would answer, and counts nothing. */
export const handler = route('POST /api/v1/keys/explain', options, async ({ body, now }) => {
  const { key_id: _, api_key: __, ...request } = body;
  return explanationReply(await explainKey(presentedIn(body), request, now), now);
});
