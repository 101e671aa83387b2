import * as z from 'zod/mini';
import { CHECKS } from '../../../domain/posture.ts';
import { STATUSES } from '../../../domain/posture-report.ts';
import { describe, timeOrNull, uuid, type Wire } from './fields.ts';

const countOrNull = (description: string) =>
  describe(z.nullable(z.int().check(z.minimum(0))), description);

const namedKey = z.object({
  key_id: uuid('Identifies the key; not secret.'),
  name: describe(z.string(), 'For people; need not be unique.'),
  key_prefix: describe(z.string(), 'The start of the key, which may be shown anywhere.'),
});

const postureCheck = z.object({
  check: describe(z.enum(CHECKS), 'What was checked.'),
  status: describe(
    z.enum(STATUSES),
    '`problem`: act now; `attention`: look at it; `ok`: nothing was found.',
  ),
  count: countOrNull(
    'The keys or requests that were found, or the age in days; null if it is unknown.',
  ),
  message: describe(z.string(), 'What was found, and what to do about it.'),
  keys: describe(z.array(namedKey), 'The newest of the keys, at most ten.'),
  more: describe(
    z.nullable(z.string()),
    'The path and query that list all keys of the check; null if `keys` has them all.',
  ),
});

export const posture = describe(
  z.object({
    as_of: timeOrNull(
      'When the keys were checked; null if the daily check of all keys has not completed yet.',
    ),
    stage: describe(z.string(), 'The name of the deployment.'),
    keys: countOrNull('The keys that could be used at `as_of`; null before the first daily check.'),
    checks: describe(z.array(postureCheck), 'Every check, always in the same order.'),
  }),
  'How the stage stands.',
  { id: 'SecurityPosture' },
);

export type Posture = Wire<typeof posture>;
