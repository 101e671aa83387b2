import * as z from 'zod/mini';
import { MONTH } from '../../../domain/time.ts';
import { amount, asOf, count, describe, time, uuid, uuidOrNull, type Wire } from './fields.ts';

export const usageRecorded = z.object({ message: z.literal('Usage recorded successfully') });

export const usageDebited = z.object({
  message: z.literal('Usage debited successfully'),
  remaining: describe(
    z.nullable(z.int().check(z.minimum(0))),
    'Predictions that are left of the monthly limit; null without a limit, 0 if the limit is exceeded with `overage_allowed`.',
  ),
});

const month = z.object({
  total_requests: count('The number of reports.'),
  total_predictions: count('The sum of `predictions_count`.'),
  total_compute_ms: amount('The sum of `compute_ms`.'),
  average_response_time_ms: amount('The mean of `response_time_ms`; 0 without reports.'),
  error_rate: describe(
    z.number().check(z.minimum(0), z.maximum(1)),
    'The share of reports with a `status_code` of 400 or more.',
  ),
  top_endpoints: describe(
    z.array(z.object({ endpoint: z.string(), count: count('The number of its reports.') })),
    'The ten endpoints with most reports: `{endpoint, count}`. A month keeps up to 200 endpoints (16 KiB of names). The rest are counted together as `other`, as is an endpoint that is named `other`.',
  ),
  as_of: asOf(),
});

/** A month as its totals describe it, without the key. */
export type Month = Wire<typeof month>;

export const statistics = describe(
  z.object({
    key_id: uuid('The key.'),
    period: describe(z.string(), 'The month.', { pattern: MONTH.source }),
    ...month.shape,
    rotated_from: uuidOrNull('The predecessor of the key, whose statistics are separate.'),
    rotated_to: uuidOrNull('The successor of the key, whose statistics are separate.'),
  }),
  'The usage of a key in a month.',
  { id: 'UsageStatistics' },
);

const sums = {
  requests: count('The number of reports.'),
  predictions: count('The sum of `predictions_count`.'),
  compute_ms: amount('The sum of `compute_ms`.'),
};

export const bill = describe(
  z.object({
    key_id: uuid('The key.'),
    billing_plan: describe(z.string(), 'The billing plan of the key.'),
    current_usage: describe(
      z.object(sums),
      '`{requests, predictions, compute_ms}` of the current month.',
    ),
    monthly_limit: describe(
      z.nullable(z.int().check(z.minimum(1))),
      '`monthly_prediction_limit` of the key.',
    ),
    overage_charges: amount(
      'Dollars, with three decimals: $0.001 per prediction over the limit. The limit of a successor is reduced by what its predecessors used this month.',
    ),
    next_billing_date: time('The start of the next month.'),
    as_of: asOf(),
  }),
  'The bill of a key for the current month.',
  { id: 'Bill' },
);

const day = z.object({
  ...sums,
  avg_response_time_ms: amount('The mean of `response_time_ms`; 0 without reports.'),
});

/** The totals of a service in a day. */
export type Day = Wire<typeof day>;

export const totals = describe(
  z.object({
    start_date: describe(z.string(), 'The first day.', { format: 'date' }),
    end_date: describe(z.string(), 'The last day.', { format: 'date' }),
    usage_by_date: describe(
      z.record(z.string(), z.record(z.string(), day)),
      'Totals by day (UTC) and service. Days without usage are left out.',
    ),
    as_of: asOf(),
  }),
  'The usage of all keys by day and service.',
  { id: 'UsageTotals' },
);
