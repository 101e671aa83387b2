import { auditors } from '../lib/auth/administrators.ts';
import { readKey } from '../lib/aws/dynamodb/keys.ts';
import { readMonth } from '../lib/aws/dynamodb/read-totals.ts';
import { monthOf } from '../lib/domain/time.ts';
import { describeMonth } from '../lib/http/describe-usage.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { statsQuery } from '../lib/http/schemas/usage-query.ts';

const options = { ...auditors, query: statsQuery };

/** `GET /api/v1/usage/{key_id}/stats`: returns a key's usage in a month, by default this one. */
export const handler = route(
  'GET /api/v1/usage/{key_id}/stats',
  options,
  async ({ keyId, query, now }) => {
    const { period = monthOf(now) } = query;
    const [key, month] = await Promise.all([readKey(keyId), readMonth(keyId, period)]);
    if (!key) throw new Problem('key_not_found');
    const { key_id, rotated_from, rotated_to } = key.record;
    return {
      status: 200,
      body: { key_id, period, ...describeMonth(month), rotated_from, rotated_to },
    };
  },
);
