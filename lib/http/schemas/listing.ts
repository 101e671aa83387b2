import * as z from 'zod/mini';
import { ENVIRONMENTS } from '../../domain/key.ts';
import type { Position } from '../../domain/key-filter.ts';
import { FINDINGS } from '../../domain/posture.ts';
import { oneOf, readBy } from './fields.ts';

const MAX_LIMIT = 1000;

/** A flag in any case, because Python writes `True`, or as a digit. */
const flag = z.pipe(
  z.string().check(z.regex(/^(true|false|1|0)$/i, { error: 'must be true or false' })),
  z.transform((text) => text.toLowerCase() === 'true' || text === '1'),
);

const limit = wholeNumber(1, MAX_LIMIT);

const unusedDays = wholeNumber(2, 3650);

const cursor = readBy(decodeCursor, 'must be the cursor of a Link header, unchanged');

/** The query of the key listing. An unknown filter is an error: without it the list is longer. */
export const listQuery = z.strictObject({
  service_id: z.optional(z.string()),
  environment: z.optional(oneOf(ENVIRONMENTS)),
  active_only: z.optional(flag),
  rotation_due: z.optional(flag),
  finding: z.optional(oneOf(FINDINGS)),
  unused_days: z.optional(unusedDays),
  limit: z._default(limit, MAX_LIMIT),
  cursor: z.optional(cursor),
});

/** Accepts a whole number of up to four digits. */
function wholeNumber(min: number, max: number) {
  const isWithin = (text: string) =>
    /^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return z.pipe(
    z.string().check(z.refine(isWithin, { error: `must be a whole number from ${min} to ${max}` })),
    z.transform(Number),
  );
}

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
