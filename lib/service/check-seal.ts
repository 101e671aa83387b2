import type { StoredEntry } from '../aws/dynamodb/audit.ts';
import { pepperOfSeal } from '../aws/secrets/pepper.ts';
import { hasSeal, type Seal } from '../domain/audit-seal.ts';
import type { Pepper } from '../domain/verifiers.ts';

/** An entry, and what its seal says. */
export interface CheckedEntry extends StoredEntry {
  readonly seal: Seal;
}

/** Forged entries may name any number of peppers, each of which costs a request. */
const MAX_PEPPERS = 10;

/**
 * Checks the seals of a page of entries.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function checkSeals(
  entries: readonly StoredEntry[],
  now: Date,
): Promise<CheckedEntry[]> {
  const named = new Set(entries.flatMap(({ pepper }) => pepper ?? []));
  const peppers = new Map<string, Pepper | undefined>();
  for (const version of [...named].slice(0, MAX_PEPPERS)) {
    peppers.set(version, await pepperOfSeal(version, now));
  }
  return entries.map((entry) => ({ ...entry, seal: sealStateOf(entry, peppers) }));
}

function sealStateOf(
  { attributes, mac, pepper }: StoredEntry,
  peppers: ReadonlyMap<string, Pepper | undefined>,
): Seal {
  if (!mac || pepper === undefined) return 'missing';
  const found = peppers.get(pepper);
  if (!found) return 'unverifiable';
  return hasSeal(attributes, found, mac) ? 'valid' : 'wrong';
}
