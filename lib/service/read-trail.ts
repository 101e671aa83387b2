import { setTimeout as delay } from 'node:timers/promises';
import { readEntries } from '../aws/dynamodb/audit.ts';
import type { StoredKey } from '../aws/dynamodb/item.ts';
import { readKey } from '../aws/dynamodb/keys.ts';
import { checkPage, type Finding, newestVersion, type TrailState } from '../domain/audit-trail.ts';
import { type CheckedEntry, checkSeals } from './check-seal.ts';

/** A place in a trail, between two pages. */
export interface TrailPosition {
  /** The name of the entry before it. */
  readonly after: string;
  /** The version that the entry after it must have made. */
  readonly version: number;
}

/** A page of a key's audit trail, newest first. */
export interface TrailPage {
  readonly kind: 'found';
  /** The version that the page begins with; on the first page, the key's. */
  readonly version: number;
  readonly findings: readonly Finding[];
  /** Each entry with the version that it made; null: it is from before versions were recorded. */
  readonly entries: readonly (CheckedEntry & { readonly version: number | null })[];
  readonly next: TrailPosition | undefined;
}

type TrailOutcome = TrailPage | { readonly kind: 'not_found' };

/** The parts of a transaction may become visible one after another, within milliseconds. */
const ATTEMPTS = 3;
const PAUSE_MS = 50;

/**
 * Reads and checks a page of a key's trail, again if something seems wrong. Its requests are a query,
 * a read of the key before it and, for the first page, one after it, and the peppers of the seals
 * that this process has not read yet.
 * @throws Unavailable
 */
export async function readTrail(
  keyId: string,
  limit: number,
  position: TrailPosition | undefined,
  now: Date,
): Promise<TrailOutcome> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await readOnce(keyId, limit, position, now);
    const isSound = outcome.kind === 'not_found' || outcome.findings.length === 0;
    if (isSound || attempt === ATTEMPTS) return outcome;
    await delay(PAUSE_MS);
  }
}

async function readOnce(
  keyId: string,
  limit: number,
  position: TrailPosition | undefined,
  now: Date,
): Promise<TrailOutcome> {
  const key = await readKey(keyId);
  if (!key) return { kind: 'not_found' };
  const page = await readEntries(keyId, limit, position?.after);
  const entries = await checkSeals(page.entries, now);
  const [newest] = entries;
  const before = stateOf(key);
  // The entries may be newer than the key that was read before them.
  const after = position ? before : stateOf((await readKey(keyId)) ?? key);
  const version = position?.version ?? newestVersion(newest, before, after);
  const checked = checkPage(entries, after, version, page.next === undefined);
  return {
    kind: 'found',
    version,
    findings: checked.findings,
    entries: entries.map((entry, i) => ({ ...entry, version: checked.versions[i] ?? null })),
    next: page.next === undefined ? undefined : { after: page.next, version: checked.next },
  };
}

function stateOf({ record, sealedFrom }: StoredKey): TrailState {
  const { version, revoked_at } = record;
  return { version, isRevoked: revoked_at !== null, sealedFrom };
}
