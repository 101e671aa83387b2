import { administrators } from '../lib/administrators.ts';
import { readDays } from '../lib/aws/usage-totals.ts';
import { describeDay } from '../lib/domain/usage.ts';
import { services } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { aggregateQuery, readRange } from '../lib/http/usage.ts';

/** `GET /api/v1/usage/aggregate`: totals by day and service, of the days on which there was any usage. */
export const handler = route({ ...administrators, query: aggregateQuery }, async (call) => {
  const { start, end } = readRange(call.query, call.now);
  const wanted = call.query.service_id === undefined ? services() : [call.query.service_id];
  const used = await Promise.all(
    wanted.map(async (service) => {
      const days = [...(await readDays(service, start, end))];
      return days.map(([day, totals]) => ({ day, service, totals }));
    }),
  );
  const byDate: Record<string, Record<string, unknown>> = {};
  for (const { day, service, totals } of used.flat().sort((a, b) => (a.day < b.day ? -1 : 1))) {
    byDate[day] = { ...byDate[day], [service]: describeDay(totals) };
  }
  return { status: 200, body: { start_date: start, end_date: end, usage_by_date: byDate } };
});
