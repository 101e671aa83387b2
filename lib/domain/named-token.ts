import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';
import { isPast } from './time.ts';

/** The format of a named token: `hkt_` and 256 random bits in base64url. */
const SHAPE = /^hkt_[\w-]{43}$/;

/** A named token as its secret holds it, and whom it authenticates. */
export interface NamedToken {
  /** The SHA-256 of the token. A slow hash would add nothing, because 2^256 can't be tried. */
  readonly sha256: Uint8Array;
  /** In ISO 8601 as `toISOString` writes it; null: never. */
  readonly expiresAt: string | null;
  readonly principal: Principal;
}

/** Returns whether a text has the format of a named token. No rotated admin token has it. */
export function isNamedToken(text: string): boolean {
  return SHAPE.test(text);
}

/**
 * Finds whom a presented token authenticates, if it has not expired. Compares it with every token,
 * in constant time, so that the time it takes does not tell which of them it is like.
 */
export function findPrincipal(
  tokens: readonly NamedToken[],
  presented: string,
  now: Date,
): Principal | undefined {
  const sha256 = createHash('sha256').update(presented).digest();
  const [found] = tokens.filter((token) => timingSafeEqual(token.sha256, sha256));
  return found && !isPast(found.expiresAt, now) ? found.principal : undefined;
}
