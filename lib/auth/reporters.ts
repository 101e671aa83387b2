import { matchAdminTokenNow } from '../aws/secrets/admin-token.ts';
import { compileAllowlist } from '../domain/allowlist.ts';
import { type ApiKey, hasValidChecksum, labelsOf, parseKey } from '../domain/key.ts';
import { mayReport } from '../domain/key-state.ts';
import type { Principal } from '../domain/principal.ts';
import type { Charge } from '../domain/usage-report.ts';
import { usageAddresses, usageAuth } from '../environment.ts';
import { Problem } from '../http/problem.ts';
import { type RequestHead, requireBearer } from '../http/request.ts';
import type { CachedKey } from '../service/key-cache.ts';
import { decideOnPresented } from '../service/presented-key.ts';
import { administrators, refuseForeignKey } from './administrators.ts';
import { admit, authenticateToken } from './tokens.ts';

/**
 * Makes the options of a route that takes usage reports of a key: from the key itself, from an
 * administrator, from the service of the key and, at the addresses that the deployment is open to,
 * from anyone. Whether the key is for the service is known only with its record.
 */
export function reporters(charge: Charge) {
  const isOpenTo = usageAuth() === 'open' ? compileAllowlist(usageAddresses()) : () => false;
  return {
    ...administrators,
    authenticate: async (request: RequestHead): Promise<Principal> => {
      if (isOpenTo(request.sourceIp)) return { kind: 'anyone' };
      const { keyId, now } = request;
      const bearer = requireBearer(request);
      const key = parseKey(bearer);
      if (key) {
        refuseForeignKey(key);
        if (key.keyId === keyId && (await isReportingKey(key, charge, now))) {
          return { kind: 'key' };
        }
        throw new Problem('bad_key', { log: labelsOf(key) });
      }
      return authenticateToken(bearer, now, matchAdminTokenNow);
    },
    authorize: admit('admin', 'service', 'key', 'anyone'),
  };
}

/**
 * Returns whether the key's secret is right and its usage may be reported. Neither its allowlist
 * nor its service is checked: the sender is the service to which the key was presented.
 */
async function isReportingKey(key: ApiKey, charge: Charge, now: Date): Promise<boolean> {
  if (!hasValidChecksum(key)) return false;
  const decideOn = ({ record }: CachedKey) =>
    ({ kind: mayReport(record, charge, now) ? 'allowed' : 'refused' }) as const;
  const outcome = await decideOnPresented(key, decideOn, now);
  return outcome.kind === 'decided' && outcome.decision.kind === 'allowed';
}
