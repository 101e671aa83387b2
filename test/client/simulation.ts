import type { Answer } from '../../client/src/ask.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { Validator } from '../../client/src/validator.ts';
import { REQUEST, VALID } from './scripted-service.ts';
import type { VirtualTime } from './virtual-time.ts';

export const TIMEOUT_MS = 5000;

export interface Call {
  readonly at: number;
  readonly leaseRequests: number | undefined;
  readonly timeoutMs: number;
}

export interface Simulated {
  readonly time: VirtualTime;
  /** Answers a call, by its number from 0. */
  readonly answer: (call: Call, index: number) => Promise<Answer>;
  /** The keys that are used equally; by default one. */
  readonly keys?: number;
  /** Milliseconds before each request of a key. */
  readonly gapBefore: (index: number) => number;
  /** The requests of each key. */
  readonly requests: number;
}

/** Sends requests in virtual time, and returns what was called and how the requests ended. */
export async function simulate({ time, answer, keys = 1, gapBefore, requests }: Simulated) {
  const counters = zeroCounters();
  const calls: Call[] = [];
  const failedAt: number[] = [];
  const waitedMs: number[] = [];
  const validator = new Validator(
    (_, leaseRequests, timeoutMs) => {
      const call = { at: time.now(), leaseRequests, timeoutMs };
      return answer(call, calls.push(call) - 1);
    },
    time,
    { timeoutMs: TIMEOUT_MS },
    counters,
  );
  const validate = async (key: string) => {
    const beganAt = time.now();
    await validator.validate({ ...REQUEST, key }).catch(() => failedAt.push(beganAt));
    waitedMs.push(time.now() - beganAt);
  };
  const use = async (key: number) => {
    // The keys are not used at the same moments.
    await time.wait(key * 7);
    for (let i = 0; i < requests; i++) {
      await time.wait(gapBefore(i));
      validate(`hk_live_${key}`);
    }
  };
  for (let key = 0; key < keys; key++) use(key);
  await time.run();
  return { calls, counters, failedAt, waitedMs };
}

/** Returns the answer that accepts a call, with the lease that it asks for. */
export function accept({ leaseRequests }: Call, milliseconds = 1500): Answer {
  const lease = leaseRequests && { requests: leaseRequests, milliseconds };
  return { validation: VALID, ...(lease && { lease }) };
}

/** Random numbers from 0 to 1 that are the same in each run (a linear congruential generator). */
export function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Gaps of requests that come evenly. */
export const steady = (perSecond: number) => () => 1000 / perSecond;

/** Gaps of requests that come at random. */
export const random = (perSecond: number) => {
  const draw = createRandom();
  return () => (-Math.log(draw()) * 1000) / perSecond;
};
