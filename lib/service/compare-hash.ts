import type { ApiKey } from '../domain/key.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { Unavailable } from '../domain/unavailable.ts';
import { matchesHash, type Verifiers } from '../domain/verifiers.ts';

/**
 * The wrong secrets that a process compares by bcrypt in a minute, so that whoever knows a key's
 * public id can't use up its processor: 20 take about 6 s at 12 rounds. The share of one key leaves
 * the others some. Nobody but an attacker has a wrong secret with a right checksum.
 */
const WRONG_PER_MINUTE = { key: 5, process: 20 };

let minute = 0;
/** The wrong secrets of this minute, by `key_id`. */
let wrong = new Map<string, number>();

/**
 * Compares the key with its bcrypt hash. Not for concurrent use: it counts when bcrypt has decided.
 * @throws Unavailable when too many secrets were wrong in this minute; a right one is not refused
 */
export async function compareHash(key: ApiKey, verifiers: Verifiers, now: Date): Promise<boolean> {
  const current = Math.floor(now.getTime() / MINUTE_MS);
  if (current !== minute) [minute, wrong] = [current, new Map()];
  const ofKey = wrong.get(key.keyId) ?? 0;
  const ofProcess = [...wrong.values()].reduce((sum, count) => sum + count, 0);
  if (ofKey >= WRONG_PER_MINUTE.key || ofProcess >= WRONG_PER_MINUTE.process) {
    throw new Unavailable('too many wrong secrets while the pepper is unavailable');
  }
  const matches = await matchesHash(key, verifiers);
  if (!matches) wrong.set(key.keyId, ofKey + 1);
  return matches;
}
