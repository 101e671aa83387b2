import { setTimeout as delay } from 'node:timers/promises';
import { HOUR_MS } from '../../lib/domain/time.ts';
import { linkOf } from './cases.ts';
import type { Answer, Client } from './client.ts';

const ATTEMPTS = 5;
const MAX_PAGES = 1000;
/** Tolerates clocks that differ, when the search ends at keys older than the run. */
const TOLERANCE_MS = HOUR_MS;

export interface CleanUp {
  /** The keys that were still active and are revoked. */
  readonly revoked: number;
  /** The ids of keys that may still be active. */
  readonly left: readonly string[];
  /** The first thing that went wrong. If it was the list, there may be other keys. */
  readonly problem?: string;
}

/**
 * Revokes the keys of a run: those whose names begin with its prefix, and those that are known to
 * have been issued, which the list may not have yet. It repeats the list until it has no others.
 */
export async function revokeKeys(
  client: Client,
  namePrefix: string,
  issued: ReadonlySet<string>,
  startedAt: number,
): Promise<CleanUp> {
  const tried = new Set<string>();
  const left: string[] = [];
  let problem: string | undefined;
  let revoked = 0;
  const revokeAll = async (keyIds: readonly string[]) => {
    for (const keyId of keyIds) {
      tried.add(keyId);
      try {
        // Once something has failed for good, nothing is repeated.
        await insist(client, 'DELETE', `/api/v1/keys/${keyId}`, problem ? 1 : ATTEMPTS);
      } catch (error) {
        problem ??= (error as Error).message;
        left.push(keyId);
      }
    }
  };
  try {
    let found: string[];
    do {
      found = await listKeys(client, namePrefix, startedAt);
      found = found.filter((keyId) => !tried.has(keyId));
      await revokeAll(found);
      revoked += found.length;
    } while (found.length > 0);
  } catch (error) {
    problem = (error as Error).message;
  }
  revoked -= left.length;
  await revokeAll([...issued].filter((keyId) => !tried.has(keyId)));
  return { revoked, left, problem };
}

/** Returns the ids of the active keys of the run. Their list is newest first. */
async function listKeys(client: Client, namePrefix: string, startedAt: number): Promise<string[]> {
  const found: string[] = [];
  let path: string | undefined = '/api/v1/keys?active_only=true';
  for (let page = 0; path && page < MAX_PAGES; page++) {
    const answer: Answer = await insist(client, 'GET', path, ATTEMPTS);
    const keys: { key_id: string; name: string; created_at: string }[] = answer.body;
    const own = keys.filter(({ name }) => name.startsWith(`${namePrefix}-`));
    found.push(...own.map(({ key_id }) => key_id));
    const oldest = Date.parse(keys.at(-1)?.created_at ?? '');
    path = oldest < startedAt - TOLERANCE_MS ? undefined : linkOf(answer);
  }
  return found;
}

/** Sends a request until it succeeds, because the network or the service may fail for a moment. */
async function insist(
  client: Client,
  method: string,
  path: string,
  attempts: number,
): Promise<Answer> {
  let came = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await delay(1000);
    const answer = await client.call(method, path).catch((error: Error) => error);
    if (answer instanceof Error) {
      came = answer.message;
    } else {
      if (answer.status === 200) return answer;
      came = String(answer.status);
      if (answer.status < 500) break;
    }
  }
  throw new Error(`${method} ${path} was answered with ${came}`);
}
