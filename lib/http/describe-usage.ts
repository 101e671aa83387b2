import type { MonthTotals, Totals } from '../domain/usage-totals.ts';
import type { Day, Month } from './schemas/answers/usage.ts';

const TOP_ENDPOINTS = 10;

/** Returns the statistics of a month in the form of the wire. */
export function describeMonth(month: MonthTotals): Month {
  const byCount = [...month.endpoints].sort(
    (a, b) => b.count - a.count || (a.endpoint < b.endpoint ? -1 : 1),
  );
  return {
    total_requests: month.requests,
    total_predictions: month.predictions,
    total_compute_ms: month.compute_ms,
    average_response_time_ms: mean(month.response_time_ms, month.requests),
    error_rate: mean(month.errors, month.requests),
    top_endpoints: byCount.slice(0, TOP_ENDPOINTS),
    as_of: month.as_of,
  };
}

/** Returns totals by day and service in the form of the wire. */
export function describeDays(days: ReadonlyMap<string, ReadonlyMap<string, Totals>>) {
  return Object.fromEntries(
    [...days].map(([day, services]) => [
      day,
      Object.fromEntries([...services].map(([service, totals]) => [service, describeDay(totals)])),
    ]),
  );
}

function describeDay({ requests, predictions, compute_ms, response_time_ms }: Totals): Day {
  const avg_response_time_ms = mean(response_time_ms, requests);
  return { requests, predictions, compute_ms, avg_response_time_ms };
}

/** Returns the mean of `sum` over `count`; over 0 it is 0. */
function mean(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
