import { administrators, refuseForeignKey } from './administrators.ts';
import { isAdminTokenNow } from './aws/admin-token.ts';
import { keyIdOf, labelsOf, parseKey } from './domain/key.ts';
import type { Usage } from './domain/usage.ts';
import { usageAuth } from './environment.ts';
import { Problem } from './http/problem.ts';
import type { Call } from './http/request.ts';
import { isUsableKey, type Report, reportUsage } from './usage.ts';

const open = usageAuth() === 'open';

/** Who may report a key's usage: the key itself or an administrator; anyone where the deployment is open. */
export const reporters = open ? {} : { ...administrators, authenticate: mayReport };

async function mayReport(bearer: string, now: Date, keyId: string): Promise<boolean> {
  refuseForeignKey(bearer);
  const key = parseKey(bearer);
  if (!key) return isAdminTokenNow(bearer, now);
  if (keyIdOf(key) === keyId && (await isUsableKey(key, now))) return true;
  throw new Problem('bad_key', { log: labelsOf(key) });
}

/**
 * Counts the report that a request brings.
 * @throws Problem when it was not counted
 */
export async function report(
  call: Call<Usage & { idempotency_key?: string }>,
  charge: Report['charge'],
): Promise<void> {
  const { idempotency_key: idempotencyKey, ...usage } = call.body;
  const key = !open && call.bearer ? parseKey(call.bearer) : undefined;
  const outcome = await reportUsage(
    { keyId: call.keyId, usage, charge, idempotencyKey, key },
    call.now,
  );
  if (outcome !== 'counted') throw new Problem(outcome);
}
