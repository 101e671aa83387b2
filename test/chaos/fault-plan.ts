import type { FAULTS, Fault } from '../support/faults.ts';
import type { ProxiedRequest } from '../support/proxy.ts';
import type { Random } from './random.ts';

/** How often each fault is chosen. Those for which clients wait long are rare. */
const WEIGHTS: Readonly<Record<(typeof FAULTS)[number], number>> = {
  throttle: 30,
  error: 25,
  'reset-before': 15,
  'reset-after': 25,
  slow: 3,
  hang: 1,
  'hang-after': 1,
};

/** The share of requests with a fault, in calm and in bad times. */
const SHARES = [0, 0.01, 0.03, 0.1, 0.3] as const;

/** The share of times that begin with an outage: each request of one action fails, in one way. */
const OUTAGES = 0.3;
/** Longer than the service tries, so that it must give up. */
const OUTAGE_MS = 3_500;

/** The requests of a process that starts, without which there would be no service to test. */
const OF_THE_START = /^(Create|Describe(Table|TimeToLive)|Update(Table|TimeToLive)|PutSecretValue)/;

interface Outage {
  readonly action: string;
  readonly fault: Fault;
  readonly endsAt: number;
}

/** Chooses the faults of the requests to a dependency, and counts them. */
export function createFaultPlan(random: Random, counts: Record<string, number>) {
  let share = 0;
  let left = 0;
  let outage: Outage | undefined;
  const actions = new Set<string>();
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  function choose(action: string): Fault | undefined {
    actions.add(action);
    if (outage && performance.now() < outage.endsAt) {
      return action === outage.action ? outage.fault : undefined;
    }
    if (left === 0) {
      share = random.pick(SHARES);
      left = 50 + random.below(400);
      if (random.chance(OUTAGES)) {
        count('outage');
        outage = {
          action: random.pick([...actions]),
          fault: random.weighted(WEIGHTS),
          endsAt: performance.now() + OUTAGE_MS,
        };
        return choose(action);
      }
    }
    left -= 1;
    return random.chance(share) ? random.weighted(WEIGHTS) : undefined;
  }

  return ({ action }: ProxiedRequest): Fault | undefined => {
    const fault = OF_THE_START.test(action) ? undefined : choose(action);
    if (fault) count(fault);
    return fault;
  };
}
