import { matchNamedToken } from '../aws/secrets/named-tokens.ts';
import { isNamedToken } from '../domain/named-token.ts';
import type { Principal, TokenLabel } from '../domain/principal.ts';
import { Problem } from '../http/problem.ts';

/**
 * Authenticates the holder of a token. Its format tells which secret decides: an administrator can
 * work while the named tokens can't be read, and wrong named tokens don't cause reads of the other.
 * @param matchAdmin compares a token with the one that Secrets Manager rotates
 * @throws Problem `bad_credentials`
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function authenticateToken(
  bearer: string,
  now: Date,
  matchAdmin: (bearer: string, now: Date) => Promise<TokenLabel | undefined>,
): Promise<Principal> {
  const principal = isNamedToken(bearer)
    ? await matchNamedToken(bearer, now)
    : await matchAdmin(bearer, now).then((token) => token && ({ kind: 'admin', token } as const));
  if (principal) return principal;
  throw new Problem('bad_credentials');
}

/**
 * Makes the check that a route admits only principals of these kinds. Others are told so, because
 * their credentials were valid.
 */
export function admit(...kinds: readonly Principal['kind'][]) {
  return ({ kind }: Principal): void => {
    if (kinds.includes(kind)) return;
    throw new Problem(kind === 'service' ? 'forbidden_to_service' : 'forbidden_to_auditor');
  };
}
