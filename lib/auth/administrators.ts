import { matchAdminToken } from '../aws/secrets/admin-token.ts';
import { type ApiKey, foreignLabelsOf, parseKey } from '../domain/key.ts';
import type { Principal } from '../domain/principal.ts';
import { keyEnvironments } from '../environment.ts';
import { Problem } from '../http/problem.ts';
import { isRealMismatch, type Reply } from '../http/reply.ts';
import { type RequestHead, requireBearer } from '../http/request.ts';
import type { Measurement } from '../runtime/metrics.ts';
import { tallyRefusal } from './tally-refusal.ts';

/** The options of every route for administrators. */
export const administrators = {
  authenticate: async (request: RequestHead): Promise<Principal> => {
    const bearer = requireBearer(request);
    const key = parseKey(bearer);
    if (key) refuseForeignKey(key);
    const token = await matchAdminToken(bearer, request.now);
    if (token) return { kind: 'admin', token };
    throw new Problem('bad_credentials');
  },
  afterRefusal: tallyRefusal,
  measure: (reply: Reply): Measurement | undefined => {
    // Not `not_authenticated`: crawlers send many requests without credentials, and guess nothing.
    if (reply.code === 'bad_credentials') return { values: { AdminAuthenticationFailures: 1 } };
    return isRealMismatch(reply) ? { values: { EnvironmentMismatches: 1 } } : undefined;
  },
};

/**
 * Refuses a key of another environment with a code of its own, which is logged and counted.
 * @throws Problem
 */
export function refuseForeignKey(key: ApiKey): void {
  if (!keyEnvironments().includes(key.environment)) {
    throw new Problem('environment_mismatch', { log: foreignLabelsOf(key) });
  }
}
