import { isOldName, versionIn } from './audit-entry.ts';
import type { Seal } from './audit-seal.ts';

/** What may be wrong with a trail. */
export const TRAIL_PROBLEMS = [
  /** The content is not what was written, or the entry was moved or copied here. */
  'altered',
  /** A change of the key has no entry. */
  'missing',
  /** No change of the key has made the entry. */
  'unexpected',
  /** The entry should have a seal. */
  'unsealed_entry',
  /** Secrets Manager no longer has the pepper of the seal. */
  'unverifiable',
] as const;

export interface Finding {
  readonly problem: (typeof TRAIL_PROBLEMS)[number];
  /** The version of the key that is concerned; null: there is none. */
  readonly version: number | null;
  readonly message: string;
}

/** An entry, as far as the trail's order and completeness depend on it. */
export interface TrailEntry {
  /** Its name, by which a page is sorted, the newest first. */
  readonly name: string;
  readonly seal: Seal;
}

/** What a key's item says about its trail. */
export interface TrailState {
  /** The number of changes, each of which has written an entry. */
  readonly version: number;
  readonly isRevoked: boolean;
  /** The first version whose entry has a seal; undefined: all entries are older than seals. */
  readonly sealedFrom: number | undefined;
}

export interface CheckedPage {
  readonly findings: Finding[];
  /** The version that each entry made; null for those from before versions were recorded. */
  readonly versions: (number | null)[];
  /** The version of the entry that must come next. */
  readonly next: number;
}

/**
 * Checks a page of a key's trail, newest first: that every version down to the page's last has its
 * entry, that there is no other, and that each is as it was written.
 * @param first the version that the first entry must have made
 * @param isEnd whether the trail ends with this page
 */
export function checkPage(
  entries: readonly TrailEntry[],
  { isRevoked, sealedFrom }: Pick<TrailState, 'isRevoked' | 'sealedFrom'>,
  first: number,
  isEnd: boolean,
): CheckedPage {
  const findings: Finding[] = [];
  const find = (problem: Finding['problem'], version: number | null, message: string) =>
    findings.push({ problem, version, message });
  let next = first;
  let isNewest = true;
  const skipTo = (version: number) => {
    if (version >= next) return;
    find('missing', next, `There is no entry of ${versionsText(version + 1, next)}.`);
    next = version;
  };

  const versions = entries.map(({ name, seal }) => {
    const named = versionIn(name);
    if (named === undefined) {
      // Entries from before seals come last, and only below the first sealed version.
      if (isOldName(name) && sealedFrom !== undefined) skipTo(sealedFrom - 1);
      if (isOldName(name) && next > 0) next--;
      else find('unexpected', null, `No change of the key has made the entry ${name}.`);
      return null;
    }
    const version = named === 'last' && isNewest && isRevoked ? next : named;
    isNewest = false;
    if (version === 'last' || version > next) {
      const shown = version === 'last' ? null : version;
      find('unexpected', shown, `No change of the key has made the entry ${name}.`);
      return shown;
    }
    skipTo(version);
    next = version - 1;
    const fault = faultOf(seal);
    if (fault) find(fault.problem, version, `The entry of version ${version} ${fault.text}.`);
    return version;
  });
  if (isEnd) skipTo(0);
  return { findings, versions, next };
}

function faultOf(seal: Seal): { problem: Finding['problem']; text: string } | undefined {
  switch (seal) {
    case 'valid':
      return undefined;
    case 'wrong':
      return { problem: 'altered', text: 'is not as it was written' };
    case 'missing':
      return { problem: 'unsealed_entry', text: 'has no seal' };
    case 'unverifiable':
      return {
        problem: 'unverifiable',
        text: 'has a seal whose pepper is no longer in Secrets Manager',
      };
  }
}

function versionsText(from: number, to: number): string {
  return from === to ? `version ${from}` : `versions ${from} to ${to}`;
}

/**
 * Returns the version that the first entry of a trail must have made. The key was read before and
 * after its entries, so those may be as new as the later read, but not older than the earlier one.
 */
export function newestVersion(
  newest: TrailEntry | undefined,
  before: TrailState,
  after: TrailState,
): number {
  const named = newest && versionIn(newest.name);
  if (named === 'last') return after.version;
  const isBetween = named !== undefined && named >= before.version && named <= after.version;
  return isBetween ? named : before.version;
}
