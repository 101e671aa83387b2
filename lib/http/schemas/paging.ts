import * as z from 'zod/mini';
import { readBy } from './fields.ts';

const MAX_LIMIT = 1000;

/** A whole number of up to four digits, as a query has it. */
export function wholeNumber(min: number, max: number) {
  const isWithin = (text: string) =>
    /^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max;
  return z.pipe(
    z.string().check(z.refine(isWithin, { error: `must be a whole number from ${min} to ${max}` })),
    z.transform(Number),
  );
}

/** The size of a page. */
export const pageLimit = (size: number) => z._default(wholeNumber(1, MAX_LIMIT), size);

/** The cursor of a page; `read` converts its plain text, or returns undefined for a wrong one. */
export const pageCursor = <T>(read: (text: string) => T | undefined) =>
  z.optional(
    readBy(
      (cursor) => read(Buffer.from(cursor, 'base64url').toString()),
      'must be the cursor of a Link header, unchanged',
    ),
  );

/**
 * Returns the `Link` header (RFC 8288) to the next page. It is relative, because the service does
 * not know the host name by which it was called.
 * @param query the parameters of this page
 * @param cursor the plain text of the place where the next begins
 */
export function nextPage(path: string, query: object, cursor: string): string {
  const parameters = new URLSearchParams();
  const all = { ...query, cursor: Buffer.from(cursor).toString('base64url') };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `<${path}?${parameters}>; rel="next"`;
}
