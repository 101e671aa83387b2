import { createHash, timingSafeEqual } from 'node:crypto';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { cached, RECHECK_MS } from './cached.ts';
import { readSecret, type SecretVersion } from './client.ts';

/** After a rotation the old token is refused within 60 s; half of it leaves room for a slow read. */
const MAX_AGE_MS = 30_000;

const currentToken = cached(() => readSecret(requireEnv(VARIABLES.adminTokenSecret)));

/**
 * True for the administrators' token. A rotated one is accepted from the first request on, however
 * many wrong ones came just before it: they only make it wait, a second at most.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export function isAdminToken(presented: string, now: Date): Promise<boolean> {
  return isCurrent(presented, now, () => currentToken.upToDate(now));
}

/**
 * The same without ever waiting, for routes where anyone may come often: a token rotated within the last
 * second may still be refused.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export function isAdminTokenNow(presented: string, now: Date): Promise<boolean> {
  return isCurrent(presented, now, () => currentToken.recent(now, RECHECK_MS));
}

/** @param recheck reads the token again when the one we hold is another */
async function isCurrent(
  presented: string,
  now: Date,
  recheck: () => Promise<SecretVersion>,
): Promise<boolean> {
  return (
    sameText((await currentToken.recent(now, MAX_AGE_MS)).value, presented) ||
    sameText((await recheck()).value, presented)
  );
}

/** Compares in constant time; hashing first makes the lengths equal. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
