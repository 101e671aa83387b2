import type { Pepper } from '../../domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../../environment.ts';
import { logger } from '../../runtime/log.ts';
import { cached, RECHECK_MS } from './cached.ts';
import { readSecret } from './client.ts';

/** How soon a new pepper comes into use. Nothing waits for it: older digests stay good. */
const MAX_AGE_MS = 5 * 60_000;
/** A load that fails takes 1.6 s, for which a validation waits: once in this time. */
const BACK_OFF_MS = 30_000;

/** Every version this process has read. A version's value never changes, so it is good at any age. */
const held = new Map<string, Pepper>();
const current = cached(() => load(), BACK_OFF_MS);
const older = new Map<string, ReturnType<typeof cached<Pepper>>>();

/**
 * Returns the pepper that new digests are made with; the last one known while Secrets Manager is down.
 * @throws Unavailable when Secrets Manager gave no answer and none is known
 */
export function currentPepper(now: Date): Promise<Pepper> {
  return current.recentOrHeld(now, MAX_AGE_MS);
}

/** Returns the pepper that a digest was made with, or undefined when it can't be had: bcrypt does without. */
export async function pepperOfVersion(version: string, now: Date): Promise<Pepper | undefined> {
  return held.get(version) ?? orUndefined(findVersion(version, now));
}

/**
 * Returns the pepper to renew a digest with, or undefined where that is the digest's own or can't be had.
 * @param version the version of the digest's own pepper
 */
export async function pepperToRenew(version: string, now: Date): Promise<Pepper | undefined> {
  const known = await orUndefined(current.recent(now, MAX_AGE_MS));
  if (!known || known.version === version) return undefined;
  // Another process may have seen a newer one: renewing its digest under ours would undo a rotation.
  const newest = await orUndefined(current.recent(now, RECHECK_MS));
  return newest?.version === version ? undefined : newest;
}

/** Looks for a version among the current, which may be newer than ours, and the older ones. */
async function findVersion(version: string, now: Date): Promise<Pepper> {
  const newest = await current.recent(now, RECHECK_MS);
  if (newest.version === version) return newest;
  const found = older.get(version) ?? cached(() => load(version), BACK_OFF_MS);
  older.set(version, found);
  return found.recent(now, Number.POSITIVE_INFINITY);
}

async function load(version?: string): Promise<Pepper> {
  try {
    const pepper = await readSecret(requireEnv(VARIABLES.pepperSecret), version);
    held.set(pepper.version, pepper);
    return pepper;
  } catch (error) {
    logger.warn('pepper unavailable', { error: error as Error });
    throw error;
  }
}

function orUndefined(read: Promise<Pepper>): Promise<Pepper | undefined> {
  return read.catch(() => undefined);
}
