import { administrators } from '../lib/auth/administrators.ts';
import { readDays } from '../lib/aws/dynamodb/read-totals.ts';
import { describeDay, latest } from '../lib/domain/usage-report.ts';
import { services } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { aggregateQuery, readRange } from '../lib/http/schemas/usage-body.ts';

/** `GET /api/v1/usage/aggregate`: totals by day and service, of the days on which there was any usage. */
export const handler = route({ ...administrators, query: aggregateQuery }, async (call) => {
  const { start, end } = readRange(call.query, call.now);
  const wanted = call.query.service_id === undefined ? services() : [call.query.service_id];
  const used = await Promise.all(
    wanted.map(async (service) => ({ service, ...(await readDays(service, start, end)) })),
  );
  const byDate: Record<string, Record<string, unknown>> = {};
  for (const day of [...new Set(used.flatMap(({ days }) => [...days.keys()]))].sort()) {
    const totalsOfDay = used.flatMap(({ service, days }) => {
      const totals = days.get(day);
      return totals ? [[service, describeDay(totals)] as const] : [];
    });
    byDate[day] = Object.fromEntries(totalsOfDay);
  }
  const as_of = latest(used.map((of) => of.as_of));
  return { status: 200, body: { start_date: start, end_date: end, usage_by_date: byDate, as_of } };
});
