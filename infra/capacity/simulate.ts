import { bucket } from './bucket.ts';
import { Table } from './table.ts';
import { EPSILON, type Limit, Tally } from './tally.ts';

/** The limits of a stage, in calls or write units per second unless stated otherwise. */
export interface Limits {
  /** API Gateway's throttle of the route: a token bucket. */
  readonly stageRate: number;
  readonly stageBurst: number;
  /** API Gateway's quota of the account and region: another one. */
  readonly accountRate: number;
  readonly accountBurst: number;
  /** Concurrent executions that are left for the function. */
  readonly executions: number;
  /** Executions that Lambda gives a function at once, and those that it adds in a second. */
  readonly executionsAtOnce: number;
  readonly executionsPerSecond: number;
  /** Calls per second that one execution takes at most, however short they are. */
  readonly callsPerExecution: number;
  /** The hourly limit of each key, in requests. */
  readonly keyRequestsPerHour: number;
  /** What the table takes at first, and what it may grow to. */
  readonly tableWrites: number;
  readonly mostTableWrites: number;
  readonly partitionWrites: number;
}

/** Validations within an hour of the clock, each of which writes one unit. */
export interface Load {
  /** The rate, which is reached after a time of even growth. */
  readonly perSecond: number;
  readonly rampSeconds: number;
  readonly seconds: number;
  /** The keys that they are spread over evenly. */
  readonly keys: number;
  /** Requests that a call of the service answers: more than one with leases. */
  readonly requestsPerCall: number;
  /** For how long a call occupies an execution if DynamoDB takes its write at once. */
  readonly callMs: number;
  /** The pauses after which a call repeats a write that DynamoDB did not take. */
  readonly pausesMs: readonly number[];
}

/** In calls. `offered` is the sum of `accepted`, `refused` and `waiting`. */
export interface Outcome {
  readonly offered: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<Limit, number>>;
  /** Calls that will repeat their write after the end. */
  readonly waiting: number;
  /** The limits that were met, first to last, with the second of the first time. */
  readonly met: readonly { readonly limit: Limit; readonly second: number }[];
  /** The most executions at the same time. */
  readonly executions: number;
}

const TICK_MS = 500;
const TICKS_PER_SECOND = 1000 / TICK_MS;

/**
 * Simulates the calls of a load, in steps of half a second. Calls are amounts, not events: they are
 * spread evenly within a step, so the figures are what is best possible. A call that is refused is
 * not sent again by its caller. Nothing queues before DynamoDB.
 */
export function simulate(load: Load, limits: Limits): Outcome {
  const stage = bucket(limits.stageRate / TICKS_PER_SECOND, limits.stageBurst);
  const account = bucket(limits.accountRate / TICKS_PER_SECOND, limits.accountBurst);
  const table = new Table(load, limits, TICK_MS);
  const perExecution = Math.min(limits.callsPerExecution, 1000 / load.callMs) / TICKS_PER_SECOND;
  const callsInTick = load.perSecond / load.requestsPerCall / TICKS_PER_SECOND;
  const ticks = load.seconds * TICKS_PER_SECOND;
  const tally = new Tally();
  let leftOfKeys = (load.keys * limits.keyRequestsPerHour) / load.requestsPerCall;
  let offered = 0;
  let accepted = 0;
  let most = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const second = tick / TICKS_PER_SECOND;
    const admit = (limit: Limit, calls: number, admitted: number) =>
      tally.admit(limit, second, calls, admitted);
    const allowed = limits.executionsAtOnce + second * limits.executionsPerSecond;
    // A call that waits to repeat its write occupies its execution.
    const waiting = table.waiting();
    const free = Math.max(0, Math.min(limits.executions, allowed) - waiting);
    // It takes no other calls within the step.
    const occupied = (calls: number) => {
      const repeated = table.repeated(Math.min(calls, leftOfKeys), leftOfKeys);
      return calls * (repeated + (1 - repeated) / perExecution);
    };
    const called = callsInTick * Math.min(1, (second + 1 / TICKS_PER_SECOND) / load.rampSeconds);
    offered += called;
    const byStage = admit('stageThrottle', called, stage(called));
    const byAccount = admit('accountThrottle', byStage, account(byStage));
    const run = admit(
      'executions',
      byAccount,
      largest(Math.min(byAccount, free * perExecution), free, occupied),
    );
    const counted = admit('keyLimit', run, Math.min(run, leftOfKeys));
    most = Math.max(most, waiting + occupied(run));
    const written = table.write(counted, leftOfKeys, second);
    leftOfKeys = Math.max(0, leftOfKeys - written.accepted);
    accepted += written.accepted;
    for (const limit of ['keyLimit', 'table', 'partition'] as const) {
      tally.meet(limit, second, written.stopped[limit]);
      tally.refuse(limit, written.givenUp[limit]);
    }
  }
  return {
    offered,
    accepted,
    refused: tally.refused,
    waiting: table.waiting(),
    met: tally.met(),
    executions: most,
  };
}

/** Returns the largest amount up to one that occupies no more than there is. */
function largest(upTo: number, available: number, occupied: (amount: number) => number): number {
  if (occupied(upTo) <= available + EPSILON) return upTo;
  let [low, high] = [0, upTo];
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (occupied(middle) <= available) low = middle;
    else high = middle;
  }
  return low;
}
