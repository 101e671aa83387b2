import type { ScheduledEvent } from 'aws-lambda';
import { logger } from '../lib/runtime/log.ts';
import { metricMembers } from '../lib/runtime/metrics.ts';
import { reportDueKeys } from '../lib/service/report-due-keys.ts';

/** Runs once a day: counts the keys past their rotation date, and sends a list of them. */
export async function handler({ time }: Pick<ScheduledEvent, 'time'>) {
  const now = new Date(time);
  const KeysDueForRotation = await reportDueKeys(now);
  // Logged last: for the alarm MissingDueReport it means that the report was completed.
  logger.info('keys due', metricMembers({ values: { KeysDueForRotation } }, now));
}
