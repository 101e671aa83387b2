import { readEntries } from '../../lib/aws/dynamodb/audit.ts';
import { fromItem, type Item } from '../../lib/aws/dynamodb/item.ts';
import { isExpired, isRevoked } from '../../lib/domain/key-state.ts';
import { type Replay, replay, type TrailedChange } from '../../lib/domain/replay.ts';
import { checkSeals } from '../../lib/service/check-seal.ts';

/** Entries of a trail that are read at once. */
const PAGE = 100;

/** What is to become of a key that the live table lacks. */
export type Fate =
  | {
      readonly kind: 'returns';
      readonly isChanged: boolean;
      readonly isSuspended: boolean;
      /** It had ended before the restore point, so it comes back as it was and is refused. */
      readonly isEnded: boolean;
      readonly successor: string | null;
    }
  | { readonly kind: 'ended' | 'excluded' }
  /** Nobody can tell without a person whether it may come back. */
  | { readonly kind: 'unclear'; readonly reason: string };

export interface LostKey {
  readonly keyId: string;
  readonly fate: Fate;
}

/**
 * Finds out from the audit trail what has become of a key since the restore point.
 * @param item the key at the restore point
 * @throws Unavailable
 */
export async function judge(item: Item, to: Date, now: Date): Promise<Replay> {
  const key = fromItem(item);
  return replay(key, await trailOf(key.record.key_id, now), to, now);
}

/**
 * Reads all entries of a key, newest first, whether or not it has an item.
 * @throws Unavailable
 */
export async function trailOf(keyId: string, now: Date): Promise<TrailedChange[]> {
  const trail: TrailedChange[] = [];
  let after: string | undefined;
  do {
    const page = await readEntries(keyId, PAGE, after);
    trail.push(...(await checkSeals(page.entries, now)));
    after = page.next;
  } while (after !== undefined);
  return trail;
}

export function isReturning({ fate }: LostKey): boolean {
  return fate.kind === 'returns';
}

/** Returns the fate of a key by its replay. */
export function fateOf(item: Item, replayed: Replay, now: Date): Fate {
  if (replayed.kind !== 'current') return replayed;
  const { record } = replayed;
  return {
    kind: 'returns',
    isChanged: record.version > fromItem(item).record.version,
    isSuspended: record.suspended_at !== null,
    isEnded: isRevoked(record, now) || isExpired(record, now),
    successor: record.rotated_to,
  };
}
