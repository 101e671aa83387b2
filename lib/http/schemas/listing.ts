import * as z from 'zod/mini';
import { ENVIRONMENTS, maskKeysIn, parsePrefix } from '../../domain/key.ts';
import type { Position } from '../../domain/key-filter.ts';
import { oneOf, readBy, text } from './fields.ts';

const MAX_LIMIT = 1000;

/** A flag in any case, because Python writes `True`, or as a digit. */
const flag = z.pipe(
  z.string().check(z.regex(/^(true|false|1|0)$/i, { error: 'must be true or false' })),
  z.transform((text) => text.toLowerCase() === 'true' || text === '1'),
);

const limit = z.pipe(
  z.string().check(
    z.refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT, {
      error: `must be a whole number from 1 to ${MAX_LIMIT}`,
    }),
  ),
  z.transform(Number),
);

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

const cursor = readBy(decodeCursor, 'must be the cursor of a Link header, unchanged');

/** The query of the key listing. An unknown filter is an error: without it the list is longer. */
export const listQuery = z.strictObject({
  service_id: z.optional(z.string()),
  environment: z.optional(oneOf(ENVIRONMENTS)),
  user_id: z.optional(text(100)),
  key_prefix: z.optional(keyPrefix),
  name: z.optional(text(100)),
  active_only: z.optional(flag),
  rotation_due: z.optional(flag),
  limit: z._default(limit, MAX_LIMIT),
  cursor: z.optional(cursor),
});

/**
 * Returns the `Link` header (RFC 8288) to the page after `next`. It is relative, because the
 * service does not know the host name by which it was called.
 */
export function nextLink(path: string, query: z.output<typeof listQuery>, next: Position): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor: encodeCursor(next) })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `<${path}?${parameters}>; rel="next"`;
}

function encodeCursor({ created_at, key_id }: Position): string {
  return Buffer.from(`${created_at} ${key_id}`).toString('base64url');
}

function decodeCursor(text: string): Position | undefined {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const [, created_at, key_id] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f-]{36})$/.exec(decoded) ?? [];
  return created_at && key_id ? { created_at, key_id } : undefined;
}
