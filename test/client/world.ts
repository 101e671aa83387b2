import type { Ask } from '../../client/src/combination.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { AuthUnavailable } from '../../client/src/errors.ts';
import type { Refused } from '../../client/src/types.ts';
import { Validator } from '../../client/src/validator.ts';
import { limited, REQUEST, REVOKED, UNAVAILABLE, VALID } from './scripted-service.ts';
import { VirtualTime } from './virtual-time.ts';

export const LEASE_MS = 1000;

/** What the service decides about the key. */
export type State = 'valid' | 'revoked' | 'limited';

const REFUSALS: Record<Exclude<State, 'valid'>, Refused> = {
  revoked: REVOKED,
  limited: limited(120),
};

/** What happens to a call on the network. */
export interface Passage {
  readonly thereMs: number;
  readonly backMs: number;
  readonly isLost: boolean;
  /** Whether the service grants no lease. */
  readonly isDeclined: boolean;
}

export type Step =
  | { readonly kind: 'callers'; readonly count: number }
  | { readonly kind: 'change'; readonly state: State }
  /** The process is suspended with its monotonic clock. */
  | { readonly kind: 'suspend'; readonly milliseconds: number }
  | { readonly kind: 'wait'; readonly milliseconds: number };

export interface Seen {
  readonly began: number;
  readonly ended: number;
  readonly outcome: State | 'unavailable';
}

/** Runs a client and its service through some steps. All times are of the world. */
export async function runWorld(steps: readonly Step[], passages: readonly Passage[]) {
  const time = new VirtualTime();
  const changes: { at: number; state: State }[] = [{ at: 0, state: 'valid' }];
  const seen: Seen[] = [];
  let calls = 0;
  let counted = 0;

  const ask: Ask = async (_, leaseRequests) => {
    const passage = passages[calls++ % passages.length];
    if (!passage) throw UNAVAILABLE;
    await time.wait(passage.thereMs);
    const { state } = changes.at(-1) ?? { state: 'valid' };
    if (state === 'valid') counted += leaseRequests ?? 1;
    await time.wait(passage.backMs);
    if (passage.isLost) throw UNAVAILABLE;
    if (state !== 'valid') return { validation: REFUSALS[state] };
    if (!leaseRequests) return { validation: VALID };
    const lease = { requests: leaseRequests, milliseconds: LEASE_MS };
    return { validation: VALID, lease: passage.isDeclined ? null : lease };
  };
  const validator = new Validator(ask, time, {}, zeroCounters());

  const validate = async () => {
    const began = time.wallClock();
    const result = await validator.check(REQUEST, false);
    seen.push({ began, ended: time.wallClock(), outcome: outcomeOf(result) });
  };
  const act = async (step: Step) => {
    if (step.kind === 'wait') await time.wait(step.milliseconds);
    if (step.kind === 'suspend') time.wallOffset += step.milliseconds;
    if (step.kind === 'change') changes.push({ at: time.wallClock(), state: step.state });
    if (step.kind === 'callers') for (let i = 0; i < step.count; i++) validate();
  };
  const acts = (async () => {
    for (const step of steps) await act(step);
  })();
  await time.run();
  await acts;
  return { seen, changes, counted };
}

function outcomeOf(result: Awaited<ReturnType<Validator['check']>>): Seen['outcome'] {
  if (result instanceof AuthUnavailable) return 'unavailable';
  if (result.valid) return 'valid';
  return result.status === 429 ? 'limited' : 'revoked';
}
