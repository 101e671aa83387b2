import { expect, test } from '@jest/globals';
import { AuthUnavailable } from '../../client/src/errors.ts';
import { scaled } from '../support/scaled.ts';
import { accept, type Call, createRandom, random, simulate, steady } from './simulation.ts';
import { VirtualTime } from './virtual-time.ts';

/** The time between the hours that are tried. */
const TURN_STEP_MS = scaled(661, 97);

const between = (from: number, to: number) => (at: number) => at >= from && at < to;

test.each([1600, 3500])(
  'recovers within two seconds after a slow service paused for %d ms',
  async (pauseMs) => {
    const time = new VirtualTime();
    const PAUSED_AT = 10_000;
    const perCallMs = 1000 / 200;
    let freeAt = 0;
    const answer = async (call: Call) => {
      const pausedUntil = call.at >= PAUSED_AT ? PAUSED_AT + pauseMs : 0;
      freeAt = Math.max(freeAt, pausedUntil, call.at + 5) + perCallMs;
      const waitMs = freeAt + 5 - call.at;
      await time.wait(Math.min(waitMs, call.timeoutMs));
      if (waitMs > call.timeoutMs) throw new AuthUnavailable('Time-out');
      return accept(call);
    };
    const { calls, failedAt, waitedMs } = await simulate({
      time,
      answer,
      keys: 5,
      gapBefore: steady(100),
      requests: 3000,
    });
    expect(failedAt).toEqual([]);
    expect(Math.max(...waitedMs)).toBeLessThan(pauseMs + 1000);
    const recovered = PAUSED_AT + pauseMs + 2000;
    const laterCalls = calls.filter(({ at }) => between(recovered, 30_000)(at)).length;
    // Each key needs a call in about 1.2 seconds.
    expect(laterCalls / ((30_000 - recovered) / 1000)).toBeLessThan(8);
  },
);

test.each([3, 10, 30])('answers almost all requests when call %d is lost', async (lost) => {
  const time = new VirtualTime();
  const answer = async (call: Call, index: number) => {
    await time.wait(index === lost ? call.timeoutMs : 5);
    if (index === lost) throw new AuthUnavailable('Time-out');
    return accept(call);
  };
  const used = { time, answer, gapBefore: steady(100), requests: 3000 };
  const { failedAt, waitedMs } = await simulate(used);
  expect(failedAt.length).toBeLessThanOrEqual(30);
  const slow = waitedMs.filter((ms) => ms > 500).length;
  expect(slow).toBeLessThanOrEqual(30);
});

test.each([
  [200, 8, 60],
  [20, 8, 60],
  [200, 40, 200],
])(
  'makes few calls when the hour turns: %d requests per second, calls take %d to %d ms',
  async (perSecond, shortest, longest) => {
    for (let turn = 4000; turn < 6000; turn += TURN_STEP_MS) {
      const time = new VirtualTime();
      const draw = createRandom();
      const half = () => (shortest + (longest - shortest) * draw() ** 4) / 2;
      const answer = async (call: Call) => {
        await time.wait(half());
        const left = turn - time.now();
        const length = left > 0 ? Math.min(left, 1500) : 1500;
        await time.wait(half());
        return accept(call, length);
      };
      const used = { time, answer, gapBefore: random(perSecond), requests: perSecond * 9 };
      const { calls } = await simulate(used);
      const near = calls.filter(({ at }) => between(turn - 1500, turn + 2500)(at));
      expect(near.length).toBeLessThan(40);
    }
  },
);

test.each([
  ['fails at once', 1],
  ['takes 200 ms to fail', 200],
  ['hangs', Number.POSITIVE_INFINITY],
])('makes few calls to a service that %s', async (_, failsAfterMs) => {
  const time = new VirtualTime();
  let inFlight = 0;
  let most = 0;
  const answer = async ({ timeoutMs }: Call) => {
    most = Math.max(most, ++inFlight);
    await time.wait(Math.min(failsAfterMs, timeoutMs));
    inFlight--;
    throw new AuthUnavailable('Down');
  };
  const used = { time, answer, gapBefore: steady(200), requests: 4000 };
  const { calls, waitedMs } = await simulate(used);
  for (let from = 0; from < 20_000; from += 1000) {
    expect(calls.filter(({ at }) => between(from, from + 1000)(at)).length).toBeLessThanOrEqual(10);
  }
  expect(most).toBeLessThanOrEqual(5);
  expect(waitedMs).toHaveLength(4000);
  expect(Math.max(...waitedMs)).toBeLessThanOrEqual(5001);
});
