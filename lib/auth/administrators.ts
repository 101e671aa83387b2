import { isAdminToken } from '../aws/secrets/admin-token.ts';
import { foreignLabelsOf, parseKey } from '../domain/key.ts';
import { keyEnvironments } from '../environment.ts';
import { Problem } from '../http/problem.ts';
import { isRealMismatch, type Reply } from '../http/reply.ts';
import type { Measurement } from '../runtime/metrics.ts';

/** What every route for administrators has in common: who may call it, and that a caller who may not is counted. */
export const administrators = {
  authenticate: async (bearer: string, now: Date) => {
    refuseForeignKey(bearer);
    return isAdminToken(bearer, now);
  },
  measure: ({ log }: Reply): Measurement | undefined => {
    // Not `not_authenticated`: a request without credentials guesses nothing, and crawlers send many.
    if (log?.code === 'bad_credentials') return { values: { AdminAuthenticationFailures: 1 } };
    return isRealMismatch(log) ? { values: { EnvironmentMismatches: 1 } } : undefined;
  },
};

/**
 * A key of another environment is refused like any other, but somebody has to know of it.
 * @throws Problem
 */
export function refuseForeignKey(bearer: string): void {
  const key = parseKey(bearer);
  if (key && !keyEnvironments().includes(key.environment)) {
    throw new Problem('environment_mismatch', { log: foreignLabelsOf(key) });
  }
}
