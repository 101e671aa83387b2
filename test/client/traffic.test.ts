import { expect, test } from '@jest/globals';
import { accept, random, simulate, steady } from './simulation.ts';
import { VirtualTime } from './virtual-time.ts';

/** Bursts of 20 requests in some time, and a pause after each. */
const bursts = (milliseconds: number, pauseMs: number) => (index: number) =>
  index % 20 === 0 ? pauseMs : milliseconds / 20;

/** Returns the calls, and the lost and local requests, as parts of all requests. */
async function measure(
  gapBefore: (index: number) => number,
  requests: number,
  roundTripMs: number,
  leaseMs?: (index: number) => number,
) {
  const time = new VirtualTime();
  const { calls, counters } = await simulate({
    time,
    gapBefore,
    requests,
    answer: async (call, index) => {
      await time.wait(roundTripMs);
      return accept(call, leaseMs?.(index));
    },
  });
  const counted = calls.reduce((sum, { leaseRequests }) => sum + (leaseRequests ?? 1), 0);
  return {
    requestsPerCall: requests / calls.length,
    lost: (counted - requests) / requests,
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
    const { requestsPerCall, lost, local } = await measure(gap, n, 10);
    expect(requestsPerCall).toBeGreaterThanOrEqual(expected.requestsPerCall);
    expect(lost).toBeLessThanOrEqual(expected.lost);
    expect(local).toBeGreaterThanOrEqual(expected.local);
  },
);

test.each([100, 200, 300, 600])(
  'loses few requests when a call takes %d ms, and answers most from leases',
  async (roundTripMs) => {
    const { lost, local } = await measure(random(100), 6000, roundTripMs);
    expect(lost).toBeLessThanOrEqual(0.05);
    expect(local).toBeGreaterThanOrEqual(0.85);
  },
);

test('loses few requests after the leases of the service have become shorter', async () => {
  const { lost } = await measure(steady(100), 6000, 10, (index) => (index < 20 ? 1500 : 200));
  expect(lost).toBeLessThanOrEqual(0.15);
});
