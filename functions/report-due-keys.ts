import type { ScheduledEvent } from 'aws-lambda';
import { everyKey } from '../lib/aws/dynamodb/listing.ts';
import { publishNotice } from '../lib/aws/notices.ts';
import { type DueKey, dueNotice } from '../lib/domain/due-notice.ts';
import { requireEnv, VARIABLES } from '../lib/environment.ts';
import { logger } from '../lib/runtime/log.ts';
import { metricMembers } from '../lib/runtime/metrics.ts';

/** Runs once a day: counts the keys past their rotation date, and sends a list of them. */
export async function handler({ time }: Pick<ScheduledEvent, 'time'>) {
  const now = new Date(time);
  const due: DueKey[] = [];
  for await (const { key_id, name, created_at } of everyKey({ rotation_due: true }, now)) {
    due.push({ key_id, name, created_at });
  }
  if (due.length > 0) {
    const subject = `API keys are due for rotation: ${requireEnv(VARIABLES.stackName)}`;
    await publishNotice(subject, dueNotice(due, now));
  }
  // Logged last: for the alarm MissingDueReport it means that the report was completed.
  logger.info('keys due', metricMembers({ values: { KeysDueForRotation: due.length } }, now));
}
