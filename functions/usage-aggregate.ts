import { administrators } from '../lib/auth/administrators.ts';
import { describeDay } from '../lib/domain/usage-totals.ts';
import { services } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { aggregateQuery, readRange } from '../lib/http/schemas/usage-query.ts';
import { aggregateUsage } from '../lib/service/aggregate-usage.ts';

const options = { ...administrators, query: aggregateQuery };

/** `GET /api/v1/usage/aggregate`: returns daily totals of one service or all. */
export const handler = route(options, async ({ query, now }) => {
  const { start, end } = readRange(query, now);
  const wanted = query.service_id === undefined ? services() : [query.service_id];
  const { days, as_of } = await aggregateUsage(wanted, start, end);
  const usage_by_date = Object.fromEntries(
    days.map(({ day, services }) => {
      const described = [...services].map(([service, totals]) => [service, describeDay(totals)]);
      return [day, Object.fromEntries(described)];
    }),
  );
  return { status: 200, body: { start_date: start, end_date: end, usage_by_date, as_of } };
});
