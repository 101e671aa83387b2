import * as z from 'zod/mini';

/** The most entries that a page may be asked to have. */
export const MAX_LIMIT = 1000;

/** The size of a page, as a query has it. */
export const pageLimit = z.pipe(
  z.string().check(
    z.refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT, {
      error: `must be a whole number from 1 to ${MAX_LIMIT}`,
    }),
  ),
  z.transform(Number),
);

export const WRONG_CURSOR = 'must be the cursor of a Link header, unchanged';

/**
 * Returns the `Link` header (RFC 8288) to the next page. It is relative, because the service does
 * not know the host name by which it was called.
 * @param query the parameters of this page
 * @param cursor the place where the next begins, in plain text
 */
export function nextPage(path: string, query: object, cursor: string): string {
  const parameters = new URLSearchParams();
  const all = { ...query, cursor: Buffer.from(cursor).toString('base64url') };
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `<${path}?${parameters}>; rel="next"`;
}

/** Returns the plain text of a cursor. */
export function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
