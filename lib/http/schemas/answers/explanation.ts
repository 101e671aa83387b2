import * as z from 'zod/mini';
import type { RefusalCode } from '../../../domain/decide.ts';
import { CHECK_NAMES, CHECK_RESULTS } from '../../../domain/explain.ts';
import { count, describe, time, uuid } from './fields.ts';
import { keyInfo } from './keys.ts';

const window = {
  starts_at: time('When the window began.'),
  ends_at: time('When the window ends. The next begins at zero.'),
};

const countOrNull = (description: string) =>
  describe(z.nullable(z.int().check(z.minimum(0))), description);

const limits = describe(
  z.object({
    hour: describe(
      z.object({
        limit: count('`rate_limit_per_hour` of the key.'),
        used: count('Accepted validations in this hour.'),
        remaining: count('Validations that are left in this hour.'),
        ...window,
      }),
      'The hourly limit.',
    ),
    month: describe(
      z.object({
        limit: countOrNull('`monthly_prediction_limit` of the key; null is no limit.'),
        used: count('Predictions that were reported in this month.'),
        remaining: countOrNull('Predictions that are left in this month; null without a limit.'),
        ...window,
      }),
      'The monthly limit, which `overage_allowed` of the key may lift.',
    ),
    counted_on: uuid(
      'The key on which both are counted: this one or, if it was rotated, the last of its successors.',
    ),
  }),
  'Both limits, with the counters as they are.',
);

/**
 * Makes the schema of an explanation.
 * @param codes the codes of refused validations
 */
export function explanation(codes: readonly RefusalCode[]) {
  const code = (description: string) => describe(z.nullable(z.enum(codes)), description);
  return describe(
    z.object({
      clock: time('The time at which the service received the request, and for which it answers.'),
      verdict: describe(
        z.object({
          is_valid: z.boolean(),
          status: describe(z.literal([200, 401, 429]), 'The status of the answer.'),
          code: code('The reason for programs; null if the key is valid.'),
          error: describe(
            z.nullable(z.string()),
            'The reason for people, as the answer has it; null if the key is valid.',
          ),
        }),
        'What a validation of the same request would answer now: the first check that fails decides. Checks that are `not_checked` are left out.',
      ),
      checks: describe(
        z.array(
          z.object({
            check: describe(z.enum(CHECK_NAMES), 'The name of the check.'),
            result: describe(
              z.enum(CHECK_RESULTS),
              '`not_checked` if the request or the key lacks what it needs; `reason` says what.',
            ),
            code: code('The code of the refusal that the check causes; null unless it failed.'),
            reason: describe(z.string(), 'What was compared, for people. The wording may change.'),
          }),
        ),
        'Every check, in the order of a validation.',
      ),
      key: describe(z.nullable(keyInfo), 'The key; null if it is not known.'),
      limits: describe(z.nullable(limits), 'The limits; null if the key is not known.'),
    }),
    'What a validation would answer, and why.',
    { id: 'Explanation' },
  );
}
