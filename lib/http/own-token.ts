import type { Principal } from '../domain/principal.ts';
import { CONTAINS_KEY, invalidFields } from './problem.ts';
import type { RequestHead } from './request.ts';

/** A shorter token, as a local run may have, may be a part of any text. */
const MIN_TOKEN_LENGTH = 16;

/**
 * Returns the token that authenticated the caller. Only by its value can it be found in a text: the
 * admin token that Secrets Manager rotates has no format.
 */
export function tokenOf({ authorization }: RequestHead, principal: Principal): string | undefined {
  if (!('token' in principal) || authorization.kind !== 'bearer') return undefined;
  const { token } = authorization;
  return token.length < MIN_TOKEN_LENGTH ? undefined : token;
}

/**
 * Refuses the caller's own token in a field, where it would be stored in the clear.
 * @throws Problem naming the fields
 */
export function refuseToken<T>(token: string | undefined, part: T): T {
  if (token === undefined) return part;
  const found = Object.entries(part ?? {}).filter(([, value]) =>
    JSON.stringify(value)?.includes(token),
  );
  if (found.length === 0) return part;
  throw invalidFields(found.map(([field]) => ({ field, message: CONTAINS_KEY })));
}
