import type { Pepper } from '../domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../environment.ts';
import { logger } from '../log.ts';
import { cached, RECHECK_MS } from './cached.ts';
import { readSecret } from './secrets.ts';

/** How soon a new pepper comes into use. Nothing waits for it: older digests stay good. */
const MAX_AGE_MS = 5 * 60_000;

const pepper = cached(() => readSecret(requireEnv(VARIABLES.pepperSecret)));
const older = new Map<string, Pepper>();

/**
 * The pepper that new digests are made with.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export function currentPepper(now: Date): Promise<Pepper> {
  return pepper.recent(now, MAX_AGE_MS);
}

/**
 * The current pepper, and the one that a digest was made with. Either is undefined when it can't be
 * had: bcrypt does without.
 */
export async function peppersFor(
  version: string,
  now: Date,
): Promise<{ current: Pepper | undefined; ofVersion: Pepper | undefined }> {
  let current = await orUndefined(currentPepper(now));
  // A version we don't know may be newer than ours; renewing its digest under ours would undo a rotation.
  if (current && current.version !== version) {
    current = await orUndefined(pepper.recent(now, RECHECK_MS));
  }
  if (!current || current.version === version) return { current, ofVersion: current };
  const known = older.get(version);
  const ofVersion =
    known ?? (await orUndefined(readSecret(requireEnv(VARIABLES.pepperSecret), version)));
  if (ofVersion) older.set(version, ofVersion);
  return { current, ofVersion };
}

function orUndefined(read: Promise<Pepper>): Promise<Pepper | undefined> {
  return read.catch((error: unknown) => {
    logger.warn('pepper unavailable, bcrypt decides', { error: error as Error });
    return undefined;
  });
}
