import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenLabel } from '../../domain/principal.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { cachedValue, RECHECK_MS } from './cached-value.ts';
import { readSecret, type SecretVersion } from './client.ts';

/** The old token is refused within 60 s of a rotation; half of that leaves time for a slow read. */
const MAX_AGE_MS = 30_000;

/** After a failed load none begins for a second, so that wrong tokens can't cause more. */
const currentToken = cachedValue(
  () => readSecret(requireEnv(VARIABLES.adminTokenSecret)),
  RECHECK_MS,
);

/**
 * Returns the label of the administrators' token if this is it. A new token is accepted at once after a
 * rotation, or at most 1 s later if wrong tokens were sent just before.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export function matchAdminToken(presented: string, now: Date): Promise<TokenLabel | undefined> {
  return matchCurrent(presented, now, () => currentToken.upToDate(now));
}

/**
 * Does the same without waiting, for routes that wrong tokens must not hold up: a token rotated
 * within the last second may still be refused.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export function matchAdminTokenNow(presented: string, now: Date): Promise<TokenLabel | undefined> {
  return matchCurrent(presented, now, () => currentToken.recent(now, RECHECK_MS));
}

/** @param recheck reads the token again when it differs from the cached one */
async function matchCurrent(
  presented: string,
  now: Date,
  recheck: () => Promise<SecretVersion>,
): Promise<TokenLabel | undefined> {
  return (
    labelIfSame(await currentToken.recent(now, MAX_AGE_MS), presented) ??
    labelIfSame(await recheck(), presented)
  );
}

function labelIfSame({ value, version }: SecretVersion, presented: string) {
  return sameText(value, presented) ? { name: 'admin', version } : undefined;
}

/** Compares in constant time; hashing first makes the lengths equal. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
