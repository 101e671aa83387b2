import { grouped } from '../support/grouped.ts';
import type { Change, Creation, History, Revocation, Settings, StoredKey } from './history.ts';

/** The settings and the state of a key from one change to the next. */
export interface KeyState extends Settings {
  readonly version: number;
  readonly suspended_at: string | null;
  readonly revoked_at: string | null;
  readonly rotated_to: string | null;
  readonly grace_ends_at: string | null;
}

/** The states of a key in their order, which its audit trail tells. */
export interface Timeline {
  readonly key: StoredKey;
  readonly states: readonly KeyState[];
  /** The request that made each state; undefined: none of the run did. */
  readonly makers: readonly (Creation | Change | undefined)[];
  /** The first key of those that were made from each other by rotation. */
  readonly family: string;
  /** The states that may have been in force at some time of a request. */
  during(request: { readonly from: number; readonly to: number }): KeyState[];
}

/** The state of a key before its creation. */
export const NEW: KeyState = {
  version: 0,
  scopes: [],
  rate_limit_per_hour: 0,
  monthly_prediction_limit: null,
  suspended_at: null,
  revoked_at: null,
  rotated_to: null,
  grace_ends_at: null,
};

/** Returns the timelines of all keys by their ids. */
export function timelinesOf({ events, keys }: History): Map<string, Timeline> {
  const byToken = new Map(
    events.flatMap((event) => ('token' in event ? [[event.token, event] as const] : [])),
  );
  const confirmedRevocations = events.filter(
    (event) => event.kind === 'revoke' && event.result === 'done',
  ) as Revocation[];
  const revokedAt = new Map<string, number>();
  for (const { keyId, to } of confirmedRevocations) {
    revokedAt.set(keyId, Math.min(to, revokedAt.get(keyId) ?? Infinity));
  }
  const predecessors = new Map(keys.map(({ keyId, item }) => [keyId, item.rotated_from]));
  const familyOf = (keyId: string): string => {
    const from = predecessors.get(keyId);
    return typeof from === 'string' ? familyOf(from) : keyId;
  };
  return new Map(
    keys.map((key) => {
      const { states, makers } = replay(key, byToken);
      // A key is revoked once, so a repeat confirms the revocation of another request.
      const isRevoked = states.at(-1)?.revoked_at !== null;
      const confirmedAt = makers.map((maker, i) => {
        const own = maker?.result === 'done' && endsLeases(maker) ? maker.to : Infinity;
        const isLast = isRevoked && i === states.length - 1;
        return isLast ? Math.min(own, revokedAt.get(key.keyId) ?? Infinity) : own;
      });
      const graceAt = states.findIndex(({ grace_ends_at }) => grace_ends_at !== null);
      const rotation = makers[graceAt];
      const statesInGrace = states.map((state, i) =>
        i < graceAt ? { ...state, grace_ends_at: states[graceAt]?.grace_ends_at ?? null } : state,
      );
      const during: Timeline['during'] = ({ from, to }) => {
        const oldest = Math.max(
          0,
          confirmedAt.findLastIndex((at) => at < from),
        );
        const hasBegun = (i: number) => (makers[i]?.from ?? 0) < to;
        const isInGrace = rotation?.result === 'done' && rotation.to < from;
        return (isInGrace ? statesInGrace : states).filter(
          (_, i) => i === oldest || (i > oldest && hasBegun(i)),
        );
      };
      return [key.keyId, { key, states, makers, family: familyOf(key.keyId), during }];
    }),
  );
}

/** Returns the keys that share their limits, by the name of their family. */
export function familiesOf(timelines: ReadonlyMap<string, Timeline>): Map<string, Timeline[]> {
  return grouped(timelines.values(), ({ family }) => family);
}

/**
 * Returns whether a change waits for the leases of its key. A new name and a grace period do not: the
 * confirmation of one tells nothing about earlier changes that are open.
 */
function endsLeases(maker: Creation | Change): boolean {
  switch (maker.kind) {
    case 'update':
      return Object.keys(maker.asked).length > 0;
    case 'rotate':
      return maker.graceMinutes === 0;
    default:
      return true;
  }
}

function replay(key: StoredKey, byToken: Map<string, Creation | Change>) {
  let state = NEW;
  const states: KeyState[] = [];
  const makers: (Creation | Change | undefined)[] = [];
  for (const { version, changes, reason } of key.trail) {
    const changed = Object.fromEntries(changes.map(({ field, new: value }) => [field, value]));
    state = { ...state, ...changed, version };
    states.push(state);
    makers.push(byToken.get(reason ?? String(changed.name)));
  }
  return { states, makers };
}
