import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LEASE_MS, runWorld, type Seen, type State, type Step } from './world.ts';

/** How long after a change the former answer may still be given: then the change is confirmed. */
const CONFIRMED_AFTER_MS: Record<State, number> = { valid: LEASE_MS, revoked: 0, limited: 500 };

const short = fc.integer({ min: 0, max: 30 });
const long = fc.integer({ min: 0, max: 1200 });
const milliseconds = fc.oneof({ weight: 4, arbitrary: short }, long);
const state = fc.constantFrom<State[]>('valid', 'revoked', 'limited');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('callers'), count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait'), milliseconds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change'), state }) },
  fc.record({ kind: fc.constant('suspend'), milliseconds: long }),
);
const rarely = fc.nat({ max: 9 }).map((drawn) => drawn === 9);
const passage = fc.record({
  thereMs: milliseconds,
  backMs: milliseconds,
  isLost: rarely,
  isDeclined: rarely,
});

type Changes = Awaited<ReturnType<typeof runWorld>>['changes'];

/** Returns whether an answer was true at some time from the begin of a validation to its end. */
function isJustified({ began, ended, outcome }: Seen, changes: Changes): boolean {
  if (outcome === 'unavailable') return true;
  return changes.some(({ at, state: of }, i) => {
    const until = changes[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    return of === outcome && at <= ended && until + CONFIRMED_AFTER_MS[of] > began;
  });
}

test('gives no answer that a confirmed change has ended, and accepts no more than was counted', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
      fc.array(passage, { minLength: 1, maxLength: 10 }),
      async (steps, passages) => {
        const begun = steps.reduce((sum, at) => sum + (at.kind === 'callers' ? at.count : 0), 0);
        const { seen, changes, counted } = await runWorld(steps, passages);
        expect(seen).toHaveLength(begun);
        expect(seen.filter((one) => !isJustified(one, changes))).toEqual([]);
        const valid = seen.filter(({ outcome }) => outcome === 'valid').length;
        expect(valid).toBeLessThanOrEqual(counted);
        accepted += valid;
      },
    ),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(0);
}, 60_000);
