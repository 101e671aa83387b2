import { setTimeout as delay } from 'node:timers/promises';
import type { Pepper } from '../../domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { logger } from '../../runtime/log.ts';
import { cachedValue, RECHECK_MS } from './cached-value.ts';
import { readSecret } from './client.ts';

/** The time until a new pepper is used. Older digests remain valid, so nothing waits for it. */
const MAX_AGE_MS = 5 * 60_000;
/** After a failed load, which delays a validation by 1.6 s, no other starts for this time. */
const BACK_OFF_MS = 30_000;
/** Leaves a revocation enough of its 2.7 s. */
const LONGEST_SEALING_WAIT_MS = 500;

/** Every version that this process has read. A version's value never changes, so none expires. */
const versions = new Map<string, Pepper>();
/** The newest that this process has read. */
let lastCurrent: Pepper | undefined;
const current = cachedValue(() => load(), BACK_OFF_MS);
const older = new Map<string, ReturnType<typeof cachedValue<Pepper>>>();

/**
 * Returns the pepper for new digests; while Secrets Manager is down, the last one known.
 * @throws Unavailable when Secrets Manager gave no answer and no pepper is known
 */
export function currentPepper(now: Date): Promise<Pepper> {
  return current.recentOrStale(now, MAX_AGE_MS);
}

/**
 * Returns the same, or undefined if none is known. Backs off after a failed load, as anyone can cause
 * this.
 */
export async function knownPepper(now: Date): Promise<Pepper | undefined> {
  return (await orUndefined(current.recent(now, MAX_AGE_MS))) ?? lastCurrent;
}

/** Returns the pepper of a digest, or undefined if it is unavailable: bcrypt needs none. */
export async function pepperOfVersion(version: string, now: Date): Promise<Pepper | undefined> {
  return versions.get(version) ?? orUndefined(findVersion(version, now));
}

/**
 * Returns the pepper to renew a digest with, or undefined if the digest's own is current or the
 * current one is unavailable.
 * @param version the version of the digest's own pepper
 */
export async function pepperToRenew(version: string, now: Date): Promise<Pepper | undefined> {
  const known = await orUndefined(current.recent(now, MAX_AGE_MS));
  if (!known || known.version === version) return undefined;
  // Another process may know a newer one: a digest under ours would undo its rotation.
  const newest = await orUndefined(current.recent(now, RECHECK_MS));
  return newest?.version === version ? undefined : newest;
}

/**
 * Returns the pepper that seals audit entries; the last one known if Secrets Manager is slow, and
 * undefined if none is: the change of a key must not wait for it.
 */
export async function sealingPepper(now: Date): Promise<Pepper | undefined> {
  const found = await Promise.race([
    orUndefined(currentPepper(now)),
    delay(LONGEST_SEALING_WAIT_MS, undefined, { ref: false }),
  ]);
  return found ?? lastCurrent;
}

/**
 * Returns the pepper that an audit entry was sealed with, or undefined if Secrets Manager no longer
 * has that version.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function pepperOfSeal(version: string, now: Date): Promise<Pepper | undefined> {
  try {
    return versions.get(version) ?? (await findVersion(version, now));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Finds a version: the current one, which may be newer than the cached one, or an older one. */
async function findVersion(version: string, now: Date): Promise<Pepper> {
  const newest = await current.recent(now, RECHECK_MS);
  if (newest.version === version) return newest;
  const found = older.get(version) ?? cachedValue(() => load(version), BACK_OFF_MS);
  older.set(version, found);
  return found.recent(now, Number.POSITIVE_INFINITY);
}

async function load(version?: string): Promise<Pepper> {
  try {
    const pepper = await readSecret(requireEnv(VARIABLES.pepperSecret), version);
    versions.set(pepper.version, pepper);
    if (version === undefined) lastCurrent = pepper;
    return pepper;
  } catch (error) {
    logger.warn('pepper unavailable', { error: error as Error });
    throw error;
  }
}

function orUndefined(read: Promise<Pepper>): Promise<Pepper | undefined> {
  return read.catch(() => undefined);
}

/** Returns whether there is no such version. A made-up one may be no version's name at all. */
function isNotFound(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(ResourceNotFound|InvalidParameter|Validation)Exception$/.test(error.name)
  );
}
