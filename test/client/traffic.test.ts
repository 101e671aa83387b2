import { expect, test } from '@jest/globals';
import type { Ask } from '../../client/src/combination.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { Validator } from '../../client/src/validator.ts';
import { REQUEST, VALID } from './scripted-service.ts';
import { VirtualTime } from './virtual-time.ts';

const LEASE_MS = 1500;
const ROUND_TRIP_MS = 10;

/** Random numbers that are the same in each run (a linear congruential generator). */
function createRandom() {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
}

const steady = (perSecond: number) => () => 1000 / perSecond;
const random = (perSecond: number) => {
  const draw = createRandom();
  return () => (-Math.log(draw()) * 1000) / perSecond;
};
/** Bursts of 20 requests in some time, and a pause after each. */
const bursts = (milliseconds: number, pauseMs: number) => (index: number) =>
  index % 20 === 0 ? pauseMs : milliseconds / 20;

/** Sends requests with the given gaps, and returns the calls, and the lost and local requests. */
async function simulate(gapBefore: (index: number) => number, requests: number) {
  const time = new VirtualTime();
  const counters = zeroCounters();
  let calls = 0;
  let granted = 0;
  const ask: Ask = async (_, leaseRequests) => {
    calls++;
    granted += leaseRequests ?? 1;
    await time.wait(ROUND_TRIP_MS);
    const lease = leaseRequests && { requests: leaseRequests, milliseconds: LEASE_MS };
    return { validation: VALID, ...(lease && { lease }) };
  };
  const validator = new Validator(ask, time, {}, counters);
  const send = async () => {
    for (let i = 0; i < requests; i++) {
      await time.wait(gapBefore(i));
      validator.validate(REQUEST);
    }
  };
  const sent = send();
  await time.run();
  await sent;
  return {
    requestsPerCall: requests / calls,
    lost: (granted - requests) / requests,
    local: counters.local / requests,
  };
}

test.each([
  ['one per second', steady(1), 300, { requestsPerCall: 1, lost: 0, local: 0 }],
  ['one per second at random', random(1), 300, { requestsPerCall: 1, lost: 0.05, local: 0 }],
  ['five per second', steady(5), 1000, { requestsPerCall: 3.5, lost: 0.02, local: 0.9 }],
  ['five per second at random', random(5), 1000, { requestsPerCall: 3.5, lost: 0.08, local: 0.9 }],
  ['100 per second', steady(100), 6000, { requestsPerCall: 100, lost: 0.03, local: 0.99 }],
  ['100 per second at random', random(100), 6000, { requestsPerCall: 95, lost: 0.06, local: 0.99 }],
  ['20 at once each 2 s', bursts(0, 2000), 1000, { requestsPerCall: 8, lost: 0.2, local: 0 }],
  [
    '20 in 200 ms each 3 s',
    bursts(200, 3000),
    1000,
    { requestsPerCall: 4, lost: 0.7, local: 0.65 },
  ],
])(
  'with requests that come %s, makes few calls and loses few requests',
  async (...[, gap, n, expected]) => {
    const { requestsPerCall, lost, local } = await simulate(gap, n);
    expect(requestsPerCall).toBeGreaterThanOrEqual(expected.requestsPerCall);
    expect(lost).toBeLessThanOrEqual(expected.lost);
    expect(local).toBeGreaterThanOrEqual(expected.local);
  },
);
