import { seeded } from '../../infra/capacity/seeded.ts';

export type Random = ReturnType<typeof createRandom>;

/** Creates a source of random choices, the same for the same seed. */
export function createRandom(seed: number) {
  const next = seeded(seed);
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    /** Returns a whole number from 0 to below `bound`. */
    below,
    chance: (probability: number) => next() < probability,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    /** Returns one of the names, each as often as its weight says. */
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
      const entries = Object.entries(weights) as [Name, number][];
      const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
      let left = next() * total;
      const found = entries.find(([, weight]) => {
        left -= weight;
        return left < 0;
      });
      return (found ?? (entries[0] as [Name, number]))[0];
    },
  };
}
