import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import type { Progress } from '../commands/progress.ts';
import { existingTable, type RestoredTable, restoreTable } from './point-in-time.ts';

/**
 * The parts of a stage that can be restored, with the table of each and its keys. What the security
 * table has expires within days, and is noted again.
 */
export const PARTS = {
  audit: { variable: VARIABLES.auditTable, keys: ['key_id', 'at'] },
  keys: { variable: VARIABLES.keysTable, keys: ['key_id'] },
  usage: { variable: VARIABLES.usageTable, keys: ['pk', 'sk'] },
} as const;
export type Part = keyof typeof PARTS;

export interface Restoration {
  readonly to: Date;
  readonly parts: readonly Part[];
  readonly tables: Readonly<Partial<Record<Part, RestoredTable>>>;
  /** The ids of keys that must not be brought back. */
  readonly except: readonly string[];
}

/** Returns the name of a live table. */
export function liveTable(part: Part): string {
  return requireEnv(PARTS[part].variable);
}

/**
 * Restores the tables of the parts to a point in time: into new tables, or those of an earlier run.
 * @param account the account that the tables must be in; undefined: any
 * @param from tables that something else has restored
 */
export async function restoreTables(
  to: Date,
  parts: readonly Part[],
  account: string | undefined,
  from: Readonly<Record<Part, string>> | undefined,
  progress: Progress,
): Promise<Restoration['tables']> {
  // What has become of a key is in the audit log, whose completeness is checked first.
  const needed = parts.includes('keys') ? [...new Set<Part>(['audit', ...parts])] : parts;
  let ready = 0;
  const waiting = () => progress('Restoring tables', ready, needed.length);
  const tables = await Promise.all(
    needed.map(async (part) => {
      const live = liveTable(part);
      const restored = from
        ? await existingTable(live, from[part], account)
        : await restoreTable(live, to, account, waiting);
      ready++;
      waiting();
      return [part, restored] as const;
    }),
  );
  return Object.fromEntries(tables);
}
