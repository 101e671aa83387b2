import type { Use } from './growth.ts';
import type { Limit } from './tally.ts';

interface Words {
  readonly name: string;
  readonly callers: string;
  readonly operators: string;
  readonly action: string;
}

const alarm = (name: string) => `[${name}](operations.md#${name.toLowerCase()})`;
const THROTTLED_BY_DYNAMODB = '503 of the service with `Retry-After`, after up to 3 seconds';

/** What each limit is called, and what meeting it looks like. */
export const WORDS: Readonly<Record<Limit | Use['limit'], Words>> = {
  stageThrottle: {
    name: "the stage's `throttling.validation`",
    callers: '429 of API Gateway, without a `code`',
    operators: alarm('ThrottledCallers'),
    action: '[Raise it](operations.md#capacity), after the table',
  },
  accountThrottle: {
    name: "API Gateway's quota",
    callers: '429 of API Gateway, without a `code`',
    operators: alarm('ThrottledCallers'),
    action: 'Request a higher quota',
  },
  executions: {
    name: "Lambda's concurrency",
    callers: 'a 5xx of API Gateway',
    operators: `${alarm('ThrottledFunctions')}, ${alarm('Concurrency')}`,
    action: 'Request a higher quota, or reserve less in `concurrency`',
  },
  keyLimit: {
    name: "the key's hourly limit",
    callers: '429 with the code `rate_limited`, until the hour ends',
    operators: 'no alarm: `rate_limited` on the dashboard',
    action: 'Use several keys: 100,000 an hour is the highest limit',
  },
  table: {
    name: 'the throughput of the Keys table',
    callers: THROTTLED_BY_DYNAMODB,
    operators: alarm('ThrottledDatabase'),
    action: '[Raise its warm throughput](operations.md#capacity)',
  },
  partition: {
    name: 'the throughput of a partition',
    callers: THROTTLED_BY_DYNAMODB,
    operators: alarm('ThrottledDatabase'),
    action: 'One key: use [leases](api.md#leases) or several keys. Many: as for the table',
  },
  dueReport: {
    name: 'the time-out of the report of keys due for rotation',
    callers: 'nothing',
    operators: alarm('FailedDueReport'),
    action:
      'Read the number in the [posture](operations.md#security-posture); give the report more memory and time',
  },
  dailyCheck: {
    name: 'the day that the check of all keys has',
    callers: 'nothing',
    operators: alarm('MissingAssessment'),
    action: 'Divide the keys between stages',
  },
};

const NONE: Words = { name: 'none', callers: 'no difference', operators: 'nothing', action: '–' };

export const wordsOf = (limit: Limit | Use['limit'] | undefined) => (limit ? WORDS[limit] : NONE);
