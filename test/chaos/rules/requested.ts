import { MINUTE_MS } from '../../../lib/domain/time.ts';
import type { Change, Creation, Rotation } from '../history.ts';
import { type KeyState, NEW, type Timeline } from '../timeline.ts';
import type { Rule } from './rule.ts';

/** The clocks of a client and of a process may differ by so much. */
const CLOCKS_MS = 1000;

/** Each state of a key is the one before it with what was asked for, and with nothing else. */
export const requested: Rule = {
  name: 'a change is what was asked for',
  find: (_, timelines) =>
    [...timelines.values()].flatMap(({ key, states, makers }) =>
      states.flatMap((state, i) => {
        const maker = makers[i];
        if (!maker) return [];
        const before = states[i - 1] ?? predecessorOf(maker, timelines);
        const expected = { ...outlineOf(before), ...outlineAfter(maker, key.keyId) };
        const differing = Object.entries(outlineOf(state))
          .filter(([name, value]) => value !== expected[name as keyof Outline])
          .map(([name, value]) => `${name} is ${value}`);
        if (maker.kind === 'rotate' && !endsInTime(state, maker)) {
          differing.push(`the grace period ends at ${state.grace_ends_at}`);
        }
        return differing.map((what) => `${maker.kind} ${maker.token} of ${key.keyId}: ${what}`);
      }),
    ),
};

/** A state without its times. */
type Outline = ReturnType<typeof outlineOf>;

function outlineOf(state: KeyState) {
  return {
    scopes: state.scopes.join(),
    rate_limit_per_hour: state.rate_limit_per_hour,
    monthly_prediction_limit: state.monthly_prediction_limit,
    isSuspended: state.suspended_at !== null,
    isRevoked: state.revoked_at !== null,
    isRotated: state.rotated_to !== null,
    hasGrace: state.grace_ends_at !== null,
  };
}

/** Returns what a request must have made of a key. */
function outlineAfter(maker: Creation | Change, keyId: string): Partial<Outline> {
  switch (maker.kind) {
    case 'create':
      return { ...maker.settings, scopes: maker.settings.scopes.join() };
    case 'update': {
      const { scopes, suspended, ...limits } = maker.asked;
      return {
        ...limits,
        ...(scopes && { scopes: scopes.join() }),
        ...(suspended !== undefined && { isSuspended: suspended }),
      };
    }
    case 'rotate': {
      if (maker.keyId !== keyId) return {};
      const hasGrace = maker.graceMinutes > 0;
      return { isRotated: true, isRevoked: !hasGrace, hasGrace };
    }
    case 'revoke':
      return { isRevoked: true };
  }
}

/** Returns the state that the successor of a key takes over: the last before the rotation. */
function predecessorOf(maker: Creation | Change, timelines: ReadonlyMap<string, Timeline>) {
  const old = maker.kind === 'rotate' ? timelines.get(maker.keyId) : undefined;
  return old?.states[old.makers.indexOf(maker) - 1] ?? NEW;
}

function endsInTime({ grace_ends_at }: KeyState, { from, to, graceMinutes }: Rotation): boolean {
  if (grace_ends_at === null) return true;
  const began = Date.parse(grace_ends_at) - graceMinutes * MINUTE_MS;
  return began > from - CLOCKS_MS && began < to + CLOCKS_MS;
}
