import * as z from 'zod/mini';
import { ENVIRONMENTS, maskKeysIn, parsePrefix } from '../../domain/key.ts';
import type { Position } from '../../domain/key-filter.ts';
import { FINDINGS } from '../../domain/posture.ts';
import { oneOf, readBy, text } from './fields.ts';
import { pageCursor, pageLimit, wholeNumber } from './paging.ts';

const LIMIT = 1000;

/** A flag in any case, because Python writes `True`, or as a digit. */
const flag = z.pipe(
  z.string().check(z.regex(/^(true|false|1|0)$/i, { error: 'must be true or false' })),
  z.transform((text) => text.toLowerCase() === 'true' || text === '1'),
);

const unusedDays = wholeNumber(2, 3650);

/** The start of a key, of which no more is stored. */
const keyPrefix = z.pipe(
  z.string().check(
    z.refine((start) => maskKeysIn(start) === start, {
      error:
        'must not be a key or more than its first 3 random characters, as in hk_live_AbC, because URLs end up in logs; POST /api/v1/keys/explain takes whole keys',
    }),
  ),
  readBy(
    parsePrefix,
    'must be the start of a key with 3 random characters, as in hk_live_AbC or hk_live_AbC***',
  ),
);

/** The query of the key listing. An unknown filter is an error: without it the list is longer. */
export const listQuery = z.strictObject({
  service_id: z.optional(z.string()),
  environment: z.optional(oneOf(ENVIRONMENTS)),
  user_id: z.optional(text(100)),
  key_prefix: z.optional(keyPrefix),
  name: z.optional(text(100)),
  active_only: z.optional(flag),
  rotation_due: z.optional(flag),
  finding: z.optional(oneOf(FINDINGS)),
  unused_days: z.optional(unusedDays),
  limit: pageLimit(LIMIT),
  cursor: pageCursor(readPosition),
});

function readPosition(text: string): Position | undefined {
  const [, created_at, key_id] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f-]{36})$/.exec(text) ?? [];
  return created_at && key_id ? { created_at, key_id } : undefined;
}
