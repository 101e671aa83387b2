import { auditors } from '../lib/auth/administrators.ts';
import { nextBillingDate } from '../lib/domain/usage-totals.ts';
import { Problem } from '../lib/http/problem.ts';
import { route } from '../lib/http/route.ts';
import { makeBill } from '../lib/service/make-bill.ts';

/** `GET /api/v1/usage/{key_id}/billing`: returns this month's usage and overage charges. */
export const handler = route(
  'GET /api/v1/usage/{key_id}/billing',
  auditors,
  async ({ keyId, now }) => {
    const bill = await makeBill(keyId, now);
    if (bill.kind === 'not_found') throw new Problem('key_not_found');
    const { key_id, billing_plan, monthly_prediction_limit } = bill.record;
    const { requests, predictions, compute_ms, as_of } = bill.usage;
    return {
      status: 200,
      body: {
        key_id,
        billing_plan,
        current_usage: { requests, predictions, compute_ms },
        monthly_limit: monthly_prediction_limit,
        overage_charges: bill.overage,
        next_billing_date: nextBillingDate(now),
        as_of,
      },
    };
  },
);
