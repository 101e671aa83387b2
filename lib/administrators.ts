import { isAdminToken } from './aws/admin-token.ts';
import { labelsOf, parseKey } from './domain/key.ts';
import { keyEnvironments } from './environment.ts';
import { Problem } from './http/problem.ts';
import type { Reply } from './http/reply.ts';
import type { MetricName } from './metrics.ts';

/** What CloudWatch counts of those who may not, by the code of their answer; `bad_key` is a service's trouble. */
const COUNTED: Readonly<Record<string, MetricName>> = {
  not_authenticated: 'AdminAuthenticationFailures',
  bad_credentials: 'AdminAuthenticationFailures',
  environment_mismatch: 'EnvironmentMismatches',
};

/** What every route for administrators has in common: who may call it, and that a caller who may not is counted. */
export const administrators = {
  authenticate: async (bearer: string, now: Date) => {
    refuseForeignKey(bearer);
    return isAdminToken(bearer, now);
  },
  measure: ({ log }: Reply) => {
    const counted = COUNTED[String(log?.code)];
    return counted && { values: { [counted]: 1 } };
  },
};

/**
 * A key of another environment is refused like any other, but somebody has to know of it.
 * @throws Problem
 */
export function refuseForeignKey(bearer: string): void {
  const key = parseKey(bearer);
  if (key && !keyEnvironments().includes(key.environment)) {
    throw new Problem('environment_mismatch', { log: labelsOf(key) });
  }
}
