import { administrators } from '../lib/auth/administrators.ts';
import { readKey } from '../lib/aws/dynamodb/keys.ts';
import { readMonth } from '../lib/aws/dynamodb/read-totals.ts';
import { describeMonth, monthOf } from '../lib/domain/usage-report.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { statsQuery } from '../lib/http/schemas/usage-body.ts';

/** `GET /api/v1/usage/{key_id}/stats`: what a key has used in a month, this one unless `period` says another. */
export const handler = route({ ...administrators, query: statsQuery }, async (call) => {
  const { period = monthOf(call.now) } = call.query;
  const [key, month] = await Promise.all([readKey(call.keyId), readMonth(call.keyId, period)]);
  if (!key) throw new Problem('key_not_found');
  const { key_id, rotated_from, rotated_to } = key.record;
  return {
    status: 200,
    body: { key_id, period, ...describeMonth(month), rotated_from, rotated_to },
  };
});
