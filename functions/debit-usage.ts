import { reporters } from '../lib/auth/reporters.ts';
import { services } from '../lib/environment.ts';
import { logEntry } from '../lib/http/log-entry.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { usageBody } from '../lib/http/schemas/usage-body.ts';
import { reportUsage } from '../lib/service/report-usage.ts';

const options = { ...reporters('debit'), body: usageBody(services()) };

/** `POST /api/v1/usage/{key_id}/debit`: counts a request before it is served, within the limit. */
export const handler = route('POST /api/v1/usage/{key_id}/debit', options, async (call) => {
  const outcome = await reportUsage(logEntry(call, 'debit'), call.principal, call.now);
  if (outcome.kind !== 'counted') throw new Problem(outcome.kind);
  return {
    status: 200,
    body: { message: 'Usage debited successfully', remaining: outcome.remaining },
    log: { key_id: call.keyId },
  };
});
