import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIMITED_MS } from '../../client/src/remembered-limit.ts';
import { LIMIT_CACHE_MS, LIMIT_SETTLE_MS } from '../../lib/service/cache-options.ts';
import { type History, type Passage, play, type Rule, type Scenario } from './lease-model.ts';

/** Mostly short, sometimes longer than a lease. */
const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 400 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2500 }) },
);
const minutes = fc.integer({ min: -300_000, max: 300_000 });
const client = fc.integer({ min: 0, max: 2 });
const time = fc.integer({ min: 0, max: 5000 });

const passage: fc.Arbitrary<Passage> = fc.record({
  out: delay,
  work: delay,
  back: delay,
  server: fc.integer({ min: 0, max: 1 }),
  declines: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 9),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant('arrives' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'is lost' as const,
        'its answer is lost' as const,
        'is carried out twice' as const,
        'is sent again' as const,
      ),
    },
  ),
});

/** Steady use of a key by a client, which leases need to grow. */
const use = fc
  .record({
    client,
    from: time,
    count: fc.integer({ min: 1, max: 25 }),
    gap: fc.constantFrom(0, 1, 20, 100, 400),
  })
  .map(({ client: by, from, count, gap }) =>
    Array.from({ length: count }, (_, i) => ({ client: by, at: from + i * gap })),
  );

const scenario: fc.Arbitrary<Scenario> = fc.record({
  beforeHour: fc.integer({ min: 1, max: 6000 }),
  limit: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(1000)),
  clientClocks: fc.tuple(minutes, minutes, minutes),
  serverClocks: fc.oneof(
    fc.constant([0, 0]),
    fc.tuple(fc.constant(0), minutes),
    fc.tuple(minutes, minutes),
  ),
  validations: fc.array(use, { minLength: 1, maxLength: 8 }).map((uses) => uses.flat()),
  changes: fc.array(
    fc.record({
      at: time,
      kind: fc.constantFrom(
        'revoke' as const,
        'narrow' as const,
        'limit' as const,
        'expire' as const,
        'reach the month' as const,
      ),
      delays: fc.tuple(fc.oneof(delay, fc.integer({ min: 0, max: 1000 })), delay, delay),
      limit: fc.integer({ min: 1, max: 100 }),
    }),
    { maxLength: 3 },
  ),
  pauses: fc.array(
    fc.record({ client, at: time, ms: fc.integer({ min: 1, max: 3000 }), suspends: fc.boolean() }),
    {
      maxLength: 3,
    },
  ),
  passages: fc.array(passage, { minLength: 1, maxLength: 12 }),
});

/** Returns what the protocol promises and the history breaks. */
function violations({ given, confirmed, unanswered }: History): string[] {
  const found: string[] = [];
  if (unanswered > 0) found.push(`${unanswered} validations have no answer`);
  const accepted = given.filter(({ decision }) => decision.code === 'valid');
  for (const { decision, startedAt } of given) {
    const { code, order, version } = decision;
    const outdated = confirmed.find(
      (change) =>
        change.at <= startedAt &&
        (change.order > order || change.version > version) &&
        // The memory of a reached limit outlasts a change that has nothing to do with limits.
        (code !== 'limited' || change.kind === 'limit'),
    );
    if (outdated) found.push(`${code} at ${startedAt}, after ${outdated.kind} at ${outdated.at}`);
  }
  const uses = new Map<number, number>();
  for (const { decision, startedAt, givenAt } of accepted) {
    const { order, endsAt, sentAt } = decision;
    const before = uses.get(order) ?? 0;
    uses.set(order, before + 1);
    const isCallsOwn = before === 0 && startedAt <= sentAt;
    if (!isCallsOwn && givenAt >= endsAt) found.push(`a lease was used after ${endsAt}`);
  }
  const grants = new Map(accepted.map(({ decision }) => [decision.order, decision]));
  for (const { order, window, limit } of grants.values()) {
    const count = accepted.filter(
      ({ decision }) => decision.window === window && decision.order <= order,
    ).length;
    if (count > limit) found.push(`${count} of ${limit} in ${window}`);
  }
  return found;
}

test('the memories of a reached limit end before a change of it is confirmed', () => {
  expect(LIMIT_CACHE_MS + LIMITED_MS).toBeLessThanOrEqual(LIMIT_SETTLE_MS);
});

const property = (broken?: Rule) =>
  fc.asyncProperty(scenario, async (drawn) => {
    expect(violations(await play(drawn, broken))).toEqual([]);
  });

test('no validation is answered by what a confirmed change has replaced, and limits hold', () =>
  fc.assert(property(), { numRuns: 200 }));

/** The broken rules, each with a seed whose first runs notice it. */
const rules: [rule: Rule, seed: number][] = [
  ['the client measures from before it asked', 5],
  ['the client also obeys its wall clock', 32],
  ['a change waits for leases', 12],
  ['a change reads the mark after its write', 12],
  ['the write checks the version', 1],
  ['all requests of a lease are counted', 0],
  ['a lease ends with the hour and the key', 10],
  ['a change of a limit waits for the memory of it', 2],
];
test.each(rules)('the model notices when the rule is broken: %s', async (rule, seed) => {
  const found = await fc.check(property(rule), { seed, numRuns: 1000, endOnFailure: true });
  expect(found.failed).toBe(true);
});
