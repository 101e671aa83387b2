import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { growthTo, reportableShare } from '../../infra/capacity/growth.ts';
import { bytesOfKey } from '../../infra/capacity/key-bytes.ts';
import { HIGHEST_KEY_LIMIT, limitsOf } from '../../infra/capacity/quotas.ts';
import { loadOf, raised, raises, run, SCENARIOS } from '../../infra/capacity/scenarios.ts';
import { type Limits, type Load, simulate } from '../../infra/capacity/simulate.ts';
import { capacityTables } from '../../infra/capacity/tables.ts';
import { LIMITS } from '../../infra/capacity/tally.ts';
import { WORDS, wordsOf } from '../../infra/capacity/words.ts';
import { replaceTables } from '../../infra/commands/markdown-table.ts';
import { PRODUCTION } from '../../infra/costs/page.ts';
import { scaled } from '../support/scaled.ts';

const production = limitsOf(PRODUCTION);
const PAGE = readFileSync('docs/capacity.md', 'utf8');

test('docs/capacity.md is as `npm run capacity -- --write` writes it', () => {
  expect(replaceTables(PAGE, 'capacity', capacityTables())).toBe(PAGE);
});

test('the limits follow from the settings of production and the quotas', () => {
  expect(production).toMatchObject({ stageRate: 2000, stageBurst: 2000, executions: 595 });
});

test('the highest limit of a key is that of the API', () => {
  const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8'));
  const { schema } = paths['/api/v1/keys'].post.requestBody.content['application/json'];
  expect(schema.properties.rate_limit_per_hour.maximum).toBe(HIGHEST_KEY_LIMIT);
});

describe('by hand:', () => {
  const load = (perSecond: number, more: Partial<Load> = {}): Load => ({
    ...{ perSecond, rampSeconds: 0, seconds: 10, keys: 1_000_000, requestsPerCall: 1, callMs: 9 },
    ...{ pausesMs: [], ...more },
  });
  const EVENLY = { partitionWrites: 10_000 };
  test.each<[string, Load, Partial<Limits>, object]>([
    ['nothing', load(1000), {}, { accepted: 10_000, met: [], executions: 100 }],
    // (0.5 + 1 + … + 10 s) × 100 in half seconds.
    ['a ramp', load(1000, { rampSeconds: 10 }), {}, { offered: 5250, accepted: 5250 }],
    // 2,000 at once from the bucket, and 2,000 in each of 10 seconds. It is empty after 2 seconds.
    [
      'the throttle',
      load(3000),
      {},
      { accepted: 22_000, met: [{ limit: 'stageThrottle', second: 2 }] },
    ],
    [
      "API Gateway's quota",
      load(1000),
      { accountRate: 400, accountBurst: 1_000 },
      { accepted: 5_000, met: [{ limit: 'accountThrottle', second: 1.5 }] },
    ],
    // 50 executions of 10 calls a second.
    [
      'executions',
      load(1000),
      { executions: 50 },
      { accepted: 5_000, met: [{ limit: 'executions', second: 0 }] },
    ],
    // A call of 200 ms leaves an execution 5 calls a second.
    ['slow calls', load(1000, { callMs: 200 }), { executions: 100 }, { accepted: 5_000 }],
    // 10 executions, and 5 more in each half second: 10 + 15 + … + 105 at 5 calls each.
    [
      'the growth of executions',
      load(2000),
      { executionsAtOnce: 10, executionsPerSecond: 10 },
      { accepted: 5 * ((10 + 105) / 2) * 20 },
    ],
    // 2 keys × 4,000 requests at 10 a call are 800 calls, which end after 4 seconds of 200.
    [
      'the limits of keys',
      load(2000, { keys: 2, requestsPerCall: 10 }),
      { keyRequestsPerHour: 4_000 },
      { offered: 2_000, accepted: 800, met: [{ limit: 'keyLimit', second: 4 }] },
    ],
    [
      'the table',
      load(5000),
      { ...EVENLY, stageRate: 5000 },
      { accepted: 40_000, met: [{ limit: 'table', second: 0 }] },
    ],
    [
      'one partition',
      load(1500, { keys: 1 }),
      {},
      { accepted: 10_000, met: [{ limit: 'partition', second: 0 }] },
    ],
    [
      'repeated writes',
      load(1500, { keys: 1, pausesMs: [500, 500], seconds: 1 }),
      { executions: 1000 },
      // 750 and 1,000 come, 500 of each step are taken.
      { offered: 1500, accepted: 1000, waiting: 500 },
    ],
  ])('%s', (_, offered, limits, expected) => {
    const outcome = simulate(offered, { ...production, ...limits });
    expect(outcome).toMatchObject(
      Object.fromEntries(
        Object.entries(expected).map(([name, value]) => [
          name,
          typeof value === 'number' ? expect.closeTo(value, 3) : value,
        ]),
      ),
    );
  });

  test('a call that waits to repeat its write occupies its execution', () => {
    const hot = load(1500, { keys: 1, pausesMs: [1000, 1000] });
    const { executions, met } = simulate(hot, production);
    expect(executions).toBeGreaterThan(500);
    expect(met[0]).toEqual({ limit: 'partition', second: 0 });
    expect(simulate({ ...hot, pausesMs: [] }, production).executions).toBe(150);
  });

  test('a table takes twice its peak after half an hour', () => {
    const hour = load(5000, { seconds: 3600 });
    const { accepted } = simulate(hour, { ...production, ...EVENLY, stageRate: 5000 });
    expect(accepted).toBeCloseTo(1800 * 4000 + 1800 * 5000, 3);
  });

  test('a hot partition is split, but not for a single key', () => {
    const limits = { ...production, keyRequestsPerHour: 1e9, stageRate: 3500 };
    const in10Seconds = (keys: number, from: number) => {
      const until = (seconds: number) => simulate(load(3500, { keys, seconds }), limits).accepted;
      return until(from + 10) - until(from);
    };
    // 350 a second for each of 10 keys: more than two share one of the four partitions at first.
    expect(in10Seconds(10, 100)).toBeLessThan(35_000 - 1);
    expect(in10Seconds(10, 1500)).toBeCloseTo(35_000, 3);
    expect(in10Seconds(1, 1500)).toBeCloseTo(10_000, 3);
  });
});

const loads: fc.Arbitrary<Load> = fc.record({
  perSecond: fc.integer({ min: 1, max: 50_000 }),
  rampSeconds: fc.integer({ min: 0, max: 10 }),
  seconds: fc.integer({ min: 1, max: 20 }),
  keys: fc.integer({ min: 1, max: 100 }),
  requestsPerCall: fc.integer({ min: 1, max: 100 }),
  callMs: fc.integer({ min: 1, max: 5000 }),
  pausesMs: fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 3 }),
});
const some = fc.integer({ min: 1, max: 20_000 });
const limits: fc.Arbitrary<Limits> = fc.record({
  stageRate: some,
  stageBurst: some,
  accountRate: some,
  accountBurst: some,
  executions: some,
  executionsAtOnce: some,
  executionsPerSecond: some,
  callsPerExecution: fc.integer({ min: 1, max: 10 }),
  keyRequestsPerHour: some,
  tableWrites: some,
  mostTableWrites: some,
  partitionWrites: some,
});

/** Some faults show in one of a hundred loads. */
const SEEDED = { numRuns: scaled(200, 1000), seed: 11 };

test('every call is accepted, refused by one limit, or waiting', () => {
  fc.assert(
    fc.property(loads, limits, (load, of) => {
      const { offered, accepted, refused, waiting, executions } = simulate(load, of);
      const lost = LIMITS.reduce((sum, limit) => sum + refused[limit], 0);
      expect(accepted + lost + waiting).toBeCloseTo(offered, 3);
      for (const amount of [accepted, waiting, ...Object.values(refused)]) {
        expect(amount).toBeGreaterThanOrEqual(-1e-6);
      }
      expect(executions).toBeLessThanOrEqual(of.executions + 1e-3);
    }),
    SEEDED,
  );
});

// With repeated writes it may: a higher throttle lets calls in whose pauses occupy executions.
test('a higher limit never accepts less, if writes are not repeated', () => {
  fc.assert(
    fc.property(loads, limits, fc.constantFrom(...Object.keys(production)), (load, of, name) => {
      const once = { ...load, pausesMs: [] };
      const more = { ...of, [name]: of[name as keyof Limits] * 2 };
      expect(simulate(once, more).accepted).toBeGreaterThanOrEqual(
        simulate(once, of).accepted - 1e-3,
      );
    }),
    SEEDED,
  );
});

describe('the limit that the page says is met first', () => {
  const claimed = SCENARIOS.map((scenario) => ({ scenario, first: run(scenario).met[0] }));

  test('is another one, or none, when it is raised', () => {
    const met = claimed.flatMap(({ scenario, first }) => (first ? [{ scenario, ...first }] : []));
    expect(met.map(({ limit }) => limit)).toEqual([
      'keyLimit',
      'keyLimit',
      'stageThrottle',
      'partition',
      'keyLimit',
    ]);
    for (const { scenario, limit } of met) {
      const higher: Partial<Limits> = { keyRequestsPerHour: 1e9, partitionWrites: 1e5 };
      const more = raised(limit, scenario.perSecond, scenario.keys) ?? higher;
      expect(run(scenario, { ...production, ...more }).met[0]?.limit).not.toBe(limit);
    }
  });

  test('is none for all others, until the limits are as low as the load', () => {
    const low = { ...production, executions: 1, stageRate: 0.5, stageBurst: 1 };
    for (const { scenario } of claimed.filter(({ first }) => !first)) {
      expect(run(scenario, low).met[0]).toBeDefined();
    }
  });

  test('raised one by one admits 10,000 a second with many keys, but not with one', () => {
    const scenario = { perSecond: 10_000, keys: 1_000, leases: false };
    expect(raises(scenario).map(({ met }) => met)).toEqual([
      'stageThrottle',
      'partition',
      'executions',
    ]);
    const all = { stageRate: 1e4, stageBurst: 1e4, tableWrites: 1e4, executions: 1000 };
    expect(run(scenario, { ...production, ...all }).met).toEqual([]);
    expect(raises({ ...scenario, keys: 1 })).toMatchObject([{ met: 'partition', to: undefined }]);
  });

  test('as keys grow is the report, then the check, and not with more time', () => {
    const limitsMet = (...args: Parameters<typeof growthTo>) =>
      growthTo(...args).met.map(({ limit }) => limit);
    expect(limitsMet(1e6, 0)).toEqual([]);
    expect(limitsMet(1e6, 1)).toEqual(['dueReport']);
    expect(limitsMet(1e6, reportableShare(1e6) - 0.01)).toEqual([]);
    expect(limitsMet(1e6, reportableShare(1e6) + 0.01)).toEqual(['dueReport']);
    expect(limitsMet(1e8, 0)).toEqual(['dueReport']);
    expect(limitsMet(1e8, 0, { dueReport: 86_400 })).toEqual([]);
    expect(limitsMet(1e9, 0)).toEqual(['dueReport', 'dailyCheck']);
  });

  test('has words for callers, operators and what to do', () => {
    expect(Object.keys(WORDS)).toEqual([...LIMITS, 'dueReport', 'dailyCheck']);
    expect(wordsOf(undefined).name).toBe('none');
  });
});

test('leases save nothing for a key that is used once a second', () => {
  const requestsPerCall = (keys: number) =>
    loadOf({ perSecond: 1_000, keys, leases: true }).requestsPerCall;
  expect([1_000, 100, 1].map(requestsPerCall)).toEqual([1, 10, 1000]);
});

test('a key takes less than a write unit', () => {
  const { table, indexes, listing } = bytesOfKey();
  expect(table).toBeGreaterThan(600);
  expect(table).toBeLessThan(1024);
  expect(indexes).toBeGreaterThan(3 * 150);
  expect(listing).toBeLessThan(indexes / 2);
});
