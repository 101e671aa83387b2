import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOfKey } from '../../infra/capacity/key-bytes.ts';
import { limitsOf, raised } from '../../infra/capacity/quotas.ts';
import { LIMITS, type Limits, type Load, simulate } from '../../infra/capacity/simulate.ts';
import { loadOf, raises, withCapacity } from '../../infra/capacity/tables.ts';
import { PRODUCTION } from '../../infra/costs/page.ts';

const production = limitsOf(PRODUCTION);

test('docs/capacity.md is as `npm run capacity -- --write` writes it', () => {
  const page = readFileSync('docs/capacity.md', 'utf8');
  expect(withCapacity(page)).toBe(page);
});

test('the limits follow from the settings of production and the quotas', () => {
  expect(production).toMatchObject({ stageRate: 2000, stageBurst: 2000, executions: 595 });
});

describe('by hand:', () => {
  const load = (perSecond: number, more: Partial<Load> = {}): Load => ({
    ...{ perSecond, seconds: 10, keys: 1000, requestsPerCall: 1, callMs: 9 },
    ...more,
  });
  test.each<[string, Load, Partial<Limits>, object]>([
    ['nothing', load(1000), {}, { accepted: 10_000, met: undefined, executions: 100 }],
    // 2,000 at once from the bucket, and 2,000 in each of 10 seconds.
    ['the throttle', load(3000), {}, { accepted: 22_000, met: 'stageThrottle' }],
    ['one partition', load(1500, { keys: 1 }), {}, { accepted: 10_000, met: 'partition' }],
    ['two partitions', load(1500, { keys: 2 }), {}, { accepted: 15_000, met: undefined }],
    [
      'leases',
      load(9000, { keys: 1, requestsPerCall: 9 }),
      {},
      { offered: 10_000, met: undefined },
    ],
    ['the table', load(5000), { stageRate: 5000 }, { accepted: 40_000, met: 'table' }],
    // 50 environments of 10 calls a second.
    ['executions', load(1000), { executions: 50 }, { accepted: 5_000, met: 'executions' }],
    // A call of 200 ms leaves an environment 5 calls a second.
    ['slow calls', load(1000, { callMs: 200 }), { executions: 100 }, { accepted: 5_000 }],
  ])('%s', (_, offered, limits, expected) => {
    expect(simulate(offered, { ...production, ...limits })).toMatchObject(expected);
  });
});

const loads = fc.record({
  perSecond: fc.integer({ min: 1, max: 50_000 }),
  seconds: fc.integer({ min: 1, max: 30 }),
  keys: fc.integer({ min: 1, max: 100 }),
  requestsPerCall: fc.integer({ min: 1, max: 100 }),
  callMs: fc.integer({ min: 1, max: 5000 }),
});
const some = fc.integer({ min: 1, max: 20_000 });
const limits: fc.Arbitrary<Limits> = fc.record({
  stageRate: some,
  stageBurst: some,
  accountRate: some,
  accountBurst: some,
  executions: some,
  executionsPerSecond: some,
  callsPerExecution: fc.integer({ min: 1, max: 10 }),
  tableWrites: some,
  partitionWrites: some,
});

test('every call is accepted or refused by one limit', () => {
  fc.assert(
    fc.property(loads, limits, (load, of) => {
      const { offered, accepted, refused } = simulate(load, of);
      const lost = LIMITS.reduce((sum, limit) => sum + refused[limit], 0);
      expect(accepted + lost).toBeCloseTo(offered, 3);
      expect(accepted).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a higher limit never accepts less', () => {
  fc.assert(
    fc.property(loads, limits, fc.constantFrom(...Object.keys(production)), (load, of, name) => {
      const more = { ...of, [name]: of[name as keyof Limits] * 2 };
      expect(simulate(load, more).accepted).toBeGreaterThanOrEqual(
        simulate(load, of).accepted - 1e-6,
      );
    }),
  );
});

test('raising the limits that are met one by one admits 10,000 a second with many keys', () => {
  const load = loadOf(10_000);
  const met = raises(load, production).map((step) => step.met);
  expect(met).toEqual(['stageThrottle', 'executions', 'table']);
  const all = (['stageThrottle', 'executions', 'table'] as const).reduce(
    (of, limit) => raised(of, limit, 10_000),
    production,
  );
  expect(simulate(load, all)).toMatchObject({ met: undefined });
  expect(raises({ ...load, keys: 1 }, production).at(-1)).toMatchObject({
    met: 'partition',
    to: 'cannot be raised',
  });
});

test('a key takes less than a write unit', () => {
  const { table, indexes } = bytesOfKey();
  expect(table).toBeGreaterThan(600);
  expect(table).toBeLessThan(1024);
  expect(indexes).toBeGreaterThan(3 * 150);
});
