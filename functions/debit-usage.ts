import { report, reporters } from '../lib/auth/reporters.ts';
import { services } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { usageBody } from '../lib/http/schemas/usage-body.ts';

const body = usageBody(services());

/** `POST /api/v1/usage/{key_id}/debit`: counts what a service is about to serve, if the monthly limit allows it. */
export const handler = route({ ...reporters('debit'), body }, async (call) => {
  const remaining = await report(call, 'debit');
  return {
    status: 200,
    body: { message: 'Usage debited successfully', remaining },
    log: { key_id: call.keyId },
  };
});
