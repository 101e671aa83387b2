import { report, reporters } from '../lib/auth/reporters.ts';
import { services } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { usageBody } from '../lib/http/schemas/usage-body.ts';

const body = usageBody(services());

/** `POST /api/v1/usage/{key_id}`: counts what a service has served for a key, also past its limit. */
export const handler = route({ ...reporters('record'), body }, async (call) => {
  await report(call, 'record');
  return {
    status: 200,
    body: { message: 'Usage recorded successfully' },
    log: { key_id: call.keyId },
  };
});
