import { auditors } from '../lib/auth/administrators.ts';
import { services } from '../lib/environment.ts';
import { describeDays } from '../lib/http/describe-usage.ts';
import { route } from '../lib/http/route.ts';
import { aggregateQuery, readRange } from '../lib/http/schemas/usage-query.ts';
import { aggregateUsage } from '../lib/service/aggregate-usage.ts';

const options = { ...auditors, query: aggregateQuery };

/** `GET /api/v1/usage/aggregate`: returns daily totals of one service or all. */
export const handler = route('GET /api/v1/usage/aggregate', options, async ({ query, now }) => {
  const { start, end } = readRange(query, now);
  const wanted = query.service_id === undefined ? services() : [query.service_id];
  const { days, as_of } = await aggregateUsage(wanted, start, end);
  return {
    status: 200,
    body: { start_date: start, end_date: end, usage_by_date: describeDays(days), as_of },
  };
});
