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

/** The requests of a process that starts, without which there would be no service to test. */
const OF_THE_START = /^(Create|Describe(Table|TimeToLive)|Update(Table|TimeToLive)|PutSecretValue)/;

/** Chooses the faults of the requests to a dependency, and counts them. */
export function createFaultPlan(random: Random, counts: Record<string, number>) {
  let share = 0;
  let left = 0;
  return ({ action }: ProxiedRequest): Fault | undefined => {
    if (OF_THE_START.test(action)) return undefined;
    if (left === 0) {
      share = random.pick(SHARES);
      left = 50 + random.below(1000);
    }
    left -= 1;
    if (!random.chance(share)) return undefined;
    const fault = random.weighted(WEIGHTS);
    counts[fault] = (counts[fault] ?? 0) + 1;
    return fault;
  };
}
