/** Returns the value of a header, by its name in lower case. */
export type HeaderLookup = (name: string) => string | undefined;

/**
 * Returns the key that a request presents: a bearer token that begins like a key, else `X-API-Key`,
 * else another bearer token, such as a user's JWT. Undefined if there is none.
 */
export function presentedKey(header: HeaderLookup): string | undefined {
  const bearer = /^bearer\s+(.+)$/i.exec(header('authorization')?.trim() ?? '')?.[1];
  if (bearer?.startsWith('hk_')) return bearer;
  return header('x-api-key')?.trim() || bearer;
}
