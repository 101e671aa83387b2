import { matchAdminToken, matchAdminTokenNow } from '../aws/secrets/admin-token.ts';
import { type ApiKey, foreignLabelsOf, parseKey } from '../domain/key.ts';
import type { Principal } from '../domain/principal.ts';
import { keyEnvironments } from '../environment.ts';
import { Problem } from '../http/problem.ts';
import { isRealMismatch, type Reply } from '../http/reply.ts';
import { type RequestHead, requireBearer } from '../http/request.ts';
import type { Measurement, MetricName } from '../runtime/metrics.ts';
import { tallyRefusal } from './tally-refusal.ts';
import { admit, authenticateToken } from './tokens.ts';

/** The options of every route for administrators only. */
export const administrators = {
  authenticate: authenticateBy(matchAdminToken),
  authorize: admit('admin'),
  afterRefusal: tallyRefusal,
  measure: measureToken,
};

/** The options of every route that auditors may use too, because it only reads. */
export const auditors = { ...administrators, authorize: admit('admin', 'auditor') };

/**
 * The options of the revocation, which has few executions of its own: a flood of wrong tokens would
 * hold them all if each waited for the next read of the token.
 */
export const revokers = { ...administrators, authenticate: authenticateBy(matchAdminTokenNow) };

function authenticateBy(matchAdmin: typeof matchAdminToken) {
  return async (request: RequestHead): Promise<Principal> => {
    const bearer = requireBearer(request);
    const key = parseKey(bearer);
    if (key) refuseForeignKey(key);
    return authenticateToken(bearer, request.now, matchAdmin);
  };
}

/** Returns the metrics of a request that needs credentials. */
function measureToken(
  reply: Reply,
  _durationMs: number,
  token: string | undefined,
): Measurement | undefined {
  const counted: MetricName[] = [];
  // By the name of the token, which the log line of every request has. Administrators choose the
  // names, so there are few.
  if (token !== undefined) counted.push('TokenRequests');
  if (reply.status === 403) counted.push('ForbiddenRequests');
  // Not `not_authenticated`: crawlers send many requests without credentials, and guess nothing.
  if (reply.code === 'bad_credentials') counted.push('AdminAuthenticationFailures');
  if (isRealMismatch(reply)) counted.push('EnvironmentMismatches');
  if (counted.length === 0) return undefined;
  return { values: Object.fromEntries(counted.map((name) => [name, 1])) };
}

/**
 * Refuses a key of another environment with a code of its own, which is logged and counted.
 * @throws Problem
 */
export function refuseForeignKey(key: ApiKey): void {
  if (!keyEnvironments().includes(key.environment)) {
    throw new Problem('environment_mismatch', { log: foreignLabelsOf(key) });
  }
}
