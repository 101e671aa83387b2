import { administrators } from '../lib/administrators.ts';
import { readKey } from '../lib/aws/keys.ts';
import { readMonth } from '../lib/aws/usage-totals.ts';
import { monthOf, nextBillingDate, overageCharges } from '../lib/domain/usage.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';

/** `GET /api/v1/usage/{key_id}/billing`: this month so far, and what is over the limit. */
export const handler = route(administrators, async ({ keyId, now }) => {
  const [key, month] = await Promise.all([readKey(keyId), readMonth(keyId, monthOf(now))]);
  if (!key) throw new Problem('key_not_found');
  const { key_id, billing_plan, monthly_prediction_limit } = key.record;
  const { requests, predictions, compute_ms, as_of } = month;
  return {
    status: 200,
    body: {
      key_id,
      billing_plan,
      current_usage: { requests, predictions, compute_ms },
      monthly_limit: monthly_prediction_limit,
      overage_charges: overageCharges(predictions, monthly_prediction_limit),
      next_billing_date: nextBillingDate(now),
      as_of,
    },
  };
});
