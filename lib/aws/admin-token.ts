import { createHash, timingSafeEqual } from 'node:crypto';
import { requireEnv, VARIABLES } from '../environment.ts';
import { cached, RECHECK_MS } from './cached.ts';
import { readSecret } from './secrets.ts';

/** After a rotation the old token is refused within 60 s; half of it leaves room for a slow read. */
const MAX_AGE_MS = 30_000;

const currentToken = cached(() => readSecret(requireEnv(VARIABLES.adminTokenSecret)));

/**
 * True for the administrators' token. A rotated one is accepted from the first request on.
 * @throws Unavailable when Secrets Manager gave no answer and no recent one is remembered
 */
export async function isAdminToken(presented: string, now: Date): Promise<boolean> {
  return (
    sameText((await currentToken(now, MAX_AGE_MS)).value, presented) ||
    sameText((await currentToken(now, RECHECK_MS)).value, presented)
  );
}

/** Compares in constant time; hashing first makes the lengths equal. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
