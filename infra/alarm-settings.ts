import type { DEFAULTS, Kind } from './stage-defaults.ts';
import { group, minutes, optional, orElse, share, wholeNumber } from './stage-fields.ts';

/** A number of events in 5 minutes. */
const count = wholeNumber(1, 1_000_000_000);

/** The threshold of each alarm, by the alarm's name. */
export function alarmSettings(of: (typeof DEFAULTS)[Kind]) {
  const failed = {
    count: orElse(
      count,
      300,
      'Refused validations in 5 minutes, if they are also a `share` of all.',
    ),
    share: orElse(share, 0.05, 'That share, more than 0 and up to 1.'),
    flood: orElse(count, 3000, 'Refused validations in 5 minutes, whatever their share.'),
  };
  return group({
    adminAuthenticationFailures: orElse(count, 10, 'Wrong admin tokens in 5 minutes.'),
    failedValidations: group(failed),
    environmentMismatches: orElse(count, 1, 'Keys of another environment in 5 minutes.'),
    failedRelease: group({
      count: orElse(
        count,
        3,
        'Failures of the version on trial in a minute, if they are also a `share` of its calls.',
      ),
      share: orElse(share, 0.01, 'That share, more than 0 and up to 1.'),
    }),
    serverErrors: orElse(count, 5, 'Responses with a 5xx status in 5 minutes.'),
    slowValidations: orElse(wholeNumber(1, 60_000), 1000, 'Milliseconds, 99th percentile.'),
    throttledDatabase: orElse(count, 1, 'Throttles by DynamoDB in 5 minutes.'),
    throttledCallers: orElse(count, 300, 'Throttles by API Gateway in 5 minutes.'),
    throttledFunctions: orElse(count, 1, 'Throttles by Lambda in 5 minutes.'),
    concurrency: orElse(
      count,
      of.concurrencyAlarm,
      'Concurrent executions of all functions of the account.',
    ),
    failedTokenRotation: orElse(count, 1, 'Failed steps of a rotation in 5 minutes.'),
    failedDueReport: orElse(count, 1, 'Failed reports of keys due for rotation in 5 minutes.'),
    laggingUsage: orElse(
      wholeNumber(1, 43_200),
      60,
      'Seconds that a usage report has waited to be added to the totals.',
    ),
    lostUsage: orElse(count, 1, 'Batches of usage reports that were given up.'),
    failedBackup: orElse(count, 1, 'Failed backups or copies in an hour, if there is a `backup`.'),
    unreadableReports: orElse(count, 1, 'Unreadable entries of the usage log in 5 minutes.'),
    missingDueReport: orElse(wholeNumber(25, 168), 26, 'Hours without a report of keys due.'),
    missingAssessment: orElse(wholeNumber(25, 168), 26, 'Hours without a check of all keys.'),
    noTraffic: optional(minutes, 'Minutes without a validation; a multiple of 5.'),
  });
}
