import {
  bill,
  statistics,
  totals,
  usageDebited,
  usageRecorded,
} from '../../schemas/answers/usage.ts';
import { usageBody } from '../../schemas/usage-body.ts';
import { aggregateQuery, statsQuery } from '../../schemas/usage-query.ts';
import { KEY_ID } from '../examples.ts';
import { input, type Operation, SERVICE } from '../operation.ts';

const AS_OF = '2026-11-23T18:30:00.000Z';

const REPORTERS =
  'The key itself reports, a service with a named token, which must have the `service_id` of the report and of the key, or an administrator; ' +
  'a deployment may also accept reports without credentials from some addresses. The `allowed_ips` of the key are not checked, and its `service_id` only for a named token. A key that was revoked or has expired may still record, not debit, for ten minutes.';
const IDEMPOTENCY =
  'With the same `idempotency_key` a report counts once for the key, for 70 days: after no answer or a 5xx, send it again. ' +
  'The same `idempotency_key` with another `service_id`, `endpoint` or `predictions_count`, or of the other kind (record or debit), is answered with 422 and counts nothing.';

const report = (value: object) =>
  input(
    usageBody([SERVICE]),
    {
      service_id:
        'The service that served the request: one of those in the settings of the deployment.',
      endpoint: 'The endpoint that was called; the first 200 characters are kept.',
      status_code:
        'The status of the response; 0 if it is not known yet, which does not count as an error.',
      response_time_ms: 'Milliseconds, rounded to three decimals.',
      predictions_count: 'The predictions that count against the monthly limit.',
      compute_ms: {
        description:
          'Computing time in milliseconds, as the service measured it, rounded to three decimals.',
        default: 0,
      },
      model_id: 'Kept in the usage log, which no operation reads.',
      idempotency_key: 'Identifies the report among those of the key.',
    },
    { report: { summary: 'A report', value } },
  );

/** The operations on usage. */
export const usageOperations = {
  'POST /api/v1/usage/{key_id}': {
    operationId: 'recordUsage',
    tag: 'Usage',
    summary: 'Record usage',
    description: `Counts a request that was served, also past the monthly limit. ${REPORTERS}\n\n${IDEMPOTENCY}`,
    caller: 'reporter',
    body: report({
      service_id: 'prediction',
      endpoint: '/v1/predict',
      status_code: 200,
      response_time_ms: 12.5,
      predictions_count: 3,
      compute_ms: 7,
      idempotency_key: 'request-4711',
    }),
    answers: {
      200: {
        description: 'The report is counted.',
        schema: usageRecorded,
        examples: {
          recorded: { summary: 'Recorded', value: { message: 'Usage recorded successfully' } },
        },
      },
    },
    problems: ['IdempotencyKeyReused'],
  },
  'POST /api/v1/usage/{key_id}/debit': {
    operationId: 'debitUsage',
    tag: 'Usage',
    summary: 'Debit usage',
    description:
      'Counts predictions before they are served. If they would exceed the monthly limit, the answer is 402 and nothing is counted: do not serve the request. ' +
      `${REPORTERS}\n\nAlways send \`predictions_count\`: without it the debit is one of 0 predictions, which is never refused.\n\n${IDEMPOTENCY}`,
    caller: 'reporter',
    body: report({
      service_id: 'prediction',
      endpoint: '/v1/predict',
      status_code: 0,
      response_time_ms: 0,
      predictions_count: 3,
    }),
    answers: {
      200: {
        description: 'The predictions are counted; serve the request.',
        schema: usageDebited,
        examples: {
          limited: {
            summary: 'A key with a monthly limit',
            value: { message: 'Usage debited successfully', remaining: 7 },
          },
          unlimited: {
            summary: 'A key without one',
            value: { message: 'Usage debited successfully', remaining: null },
          },
        },
      },
    },
    problems: ['OverLimit', 'IdempotencyKeyReused'],
  },
  'GET /api/v1/usage/{key_id}/stats': {
    operationId: 'getUsageStatistics',
    tag: 'Usage',
    summary: 'Statistics of a key',
    description: 'Returns the usage of a key in a month. Reports are included within seconds.',
    caller: 'auditor',
    query: input(statsQuery, {
      period: 'The month, such as `2026-11`; by default the current one.',
    }),
    answers: {
      200: {
        description: 'The statistics.',
        schema: statistics,
        examples: {
          month: {
            summary: 'A month',
            value: {
              key_id: KEY_ID,
              period: '2026-11',
              total_requests: 2,
              total_predictions: 6,
              total_compute_ms: 7,
              average_response_time_ms: 6.25,
              error_rate: 0,
              top_endpoints: [{ endpoint: '/v1/predict', count: 2 }],
              as_of: AS_OF,
              rotated_from: null,
              rotated_to: null,
            },
          },
        },
      },
    },
  },
  'GET /api/v1/usage/{key_id}/billing': {
    operationId: 'getBill',
    tag: 'Usage',
    summary: 'Bill of a key',
    description:
      'Returns the usage of the current month and what the predictions over the limit cost. Reports are included within seconds.',
    caller: 'auditor',
    answers: {
      200: {
        description: 'The bill.',
        schema: bill,
        examples: {
          bill: {
            summary: 'A month over the limit',
            value: {
              key_id: KEY_ID,
              billing_plan: 'free',
              current_usage: { requests: 1200, predictions: 500_250, compute_ms: 3600.5 },
              monthly_limit: 500_000,
              overage_charges: 0.25,
              next_billing_date: '2026-12-01T00:00:00Z',
              as_of: AS_OF,
            },
          },
        },
      },
    },
  },
  'GET /api/v1/usage/aggregate': {
    operationId: 'getUsageTotals',
    tag: 'Usage',
    summary: 'Totals of the platform',
    description:
      'Returns the usage of all keys by day and service, for at most 366 days. Reports are included within seconds.',
    caller: 'auditor',
    query: input(aggregateQuery, {
      service_id: 'Only this service; by default all services of the deployment.',
      start_date:
        'The first day, such as `2026-11-01`, or an ISO 8601 time, whose UTC day counts; by default 29 days before `end_date`.',
      end_date: 'The last day, in the same forms; by default today.',
    }),
    answers: {
      200: {
        description: 'The totals.',
        schema: totals,
        examples: {
          month: {
            summary: 'A month with one day of usage',
            value: {
              start_date: '2026-11-01',
              end_date: '2026-11-30',
              usage_by_date: {
                '2026-11-23': {
                  prediction: {
                    requests: 2,
                    predictions: 6,
                    compute_ms: 7,
                    avg_response_time_ms: 6.25,
                  },
                },
              },
              as_of: AS_OF,
            },
          },
        },
      },
    },
  },
} as const satisfies Record<string, Operation>;
