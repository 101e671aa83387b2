import { isAdminTokenNow } from '../aws/secrets/admin-token.ts';
import { compileAllowlist } from '../domain/allowlist.ts';
import { keyIdOf, labelsOf, parseKey } from '../domain/key.ts';
import { type Charge, entryName, type Usage } from '../domain/usage-report.ts';
import { usageAddresses, usageAuth } from '../environment.ts';
import { Problem } from '../http/problem.ts';
import type { Call } from '../http/request.ts';
import { isReportingKey, reportUsage } from '../service/report-usage.ts';
import { administrators, refuseForeignKey } from './administrators.ts';

/** True for an address whose reports need no credentials. */
const isTrusted = usageAuth() === 'open' ? compileAllowlist(usageAddresses()) : () => false;

/**
 * Who may report a key's usage: the key itself or an administrator, and anyone at the addresses that the
 * deployment is open to.
 */
export function reporters(charge: Charge) {
  return {
    ...administrators,
    openTo: isTrusted,
    authenticate: async (bearer: string, now: Date, keyId: string) => {
      refuseForeignKey(bearer);
      const key = parseKey(bearer);
      if (!key) return isAdminTokenNow(bearer, now);
      if (keyIdOf(key) === keyId && (await isReportingKey(key, charge, now))) return true;
      throw new Problem('bad_key', { log: labelsOf(key) });
    },
  };
}

/**
 * Counts the report that a request brings.
 * @returns how many predictions the month has left; null where there is no limit, or for a record
 * @throws Problem when it was not counted
 */
export async function report(
  call: Call<Usage & { idempotency_key?: string }>,
  charge: Charge,
): Promise<number | null> {
  const { idempotency_key: idempotencyKey, ...usage } = call.body;
  const key = !isTrusted(call.sourceIp) && call.bearer ? parseKey(call.bearer) : undefined;
  const { keyId: key_id, requestId: request_id, now } = call;
  const name = entryName(idempotencyKey, request_id);
  const entry = { key_id, name, charge, at: now.toISOString(), request_id, ...usage };
  const outcome = await reportUsage({ entry, key }, now);
  if (outcome.kind !== 'counted') throw new Problem(outcome.kind);
  return outcome.remaining;
}
