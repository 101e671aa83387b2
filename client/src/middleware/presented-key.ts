/** Returns the value of a header, by its name in lower case. */
export type HeaderLookup = (name: string) => string | undefined;

/** The syntax of a bearer token (RFC 6750 section 2.1), which every key has. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** More characters than any key has. */
const MAX_LENGTH = 512;

/**
 * Returns the key that a request presents: a bearer token that begins like a key, else `X-API-Key`,
 * else another bearer token, such as a user's JWT. Undefined if there is none.
 */
export function presentedKey(header: HeaderLookup): string | undefined {
  const bearer = /^bearer\s+(.+)$/i.exec(header('authorization')?.trim() ?? '')?.[1];
  if (bearer?.startsWith('hk_')) return bearer;
  return header('x-api-key')?.trim() || bearer;
}

/**
 * Returns whether a text may be sent to the service as a key. Others are refused here, because the
 * service, or a proxy in front of it, would refuse the request and not the key: a caller could
 * then bring about the outage on which a route fails open.
 */
export function canBeKey(text: string): boolean {
  return text.length <= MAX_LENGTH && TOKEN.test(text);
}
