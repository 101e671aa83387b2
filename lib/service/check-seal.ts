import type { StoredEntry } from '../aws/dynamodb/audit.ts';
import { pepperOfSeal } from '../aws/secrets/pepper.ts';
import { hasSeal, type Seal } from '../domain/audit-seal.ts';

/** An entry, and what its seal says. */
export interface CheckedEntry extends StoredEntry {
  readonly seal: Seal;
}

/**
 * Checks the seals of entries. It reads each pepper once, because a process keeps all it has read.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function checkSeals(
  entries: readonly StoredEntry[],
  now: Date,
): Promise<CheckedEntry[]> {
  const checked: CheckedEntry[] = [];
  for (const entry of entries) checked.push({ ...entry, seal: await sealStateOf(entry, now) });
  return checked;
}

async function sealStateOf({ attributes, mac, pepper }: StoredEntry, now: Date): Promise<Seal> {
  if (!mac || pepper === undefined) return 'missing';
  const found = await pepperOfSeal(pepper, now);
  if (!found) return 'unverifiable';
  return hasSeal(attributes, found, mac) ? 'valid' : 'wrong';
}
