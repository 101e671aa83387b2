import type { Context, ScheduledEvent } from 'aws-lambda';
import { dayOf } from '../lib/domain/time.ts';
import { logger } from '../lib/runtime/log.ts';
import { metricMembers } from '../lib/runtime/metrics.ts';
import { assessPosture } from '../lib/service/assess-posture.ts';

/** The time that is left for the last page, which takes about a second. */
const RESERVE_MS = 60_000;

/**
 * Runs every 15 minutes: assesses all keys once a day (UTC). A run that is interrupted or takes
 * longer than its time-out is continued by the next.
 */
export async function handler(
  { time }: Pick<ScheduledEvent, 'time'>,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) {
  const now = new Date(time);
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const outcome = await assessPosture(now, new Date(dayOf(now)), hasTime);
  if (outcome.kind !== 'completed') {
    logger.info('posture', { outcome: outcome.kind });
    return;
  }
  const { keys, checks } = outcome.snapshot.summary;
  for (const [check, { count }] of Object.entries(checks)) {
    const finding = { values: { PostureFindings: count }, dimensions: { check } };
    logger.info('posture finding', metricMembers(finding, now));
  }
  // Logged last: for the alarm MissingAssessment it means that the snapshot was completed.
  logger.info('posture', {
    outcome: outcome.kind,
    ...metricMembers({ values: { KeysAssessed: keys } }, now),
  });
}
