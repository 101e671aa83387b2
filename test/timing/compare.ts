/**
 * An attacker would look at the low ones, which have the least noise (Crosby, Wallach and Riedi 2009,
 * https://doi.org/10.1145/1455526.1455530).
 */
const QUANTILES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Quantiles of the normal distribution. */
const Z_95 = 1.96;
const Z_90_ONE_SIDED = 1.282;

/** Enough to see how much noise each quantile has. */
const ROUGH_PERMUTATIONS = 199;

export interface Settings {
  /** A delay that does not count as a difference. */
  readonly tolerance: number;
  /** The probability of an error for which `resolution` is stated. */
  readonly level: number;
  /** Number of random exchanges; `p` is at least 1 / (`permutations` + 1). */
  readonly permutations: number;
}

export interface Comparison {
  /** Second minus first, at the quantile where that has the least noise. */
  readonly difference: number;
  /** Half of the 95 % interval of `difference`. */
  readonly margin: number;
  /** The probability of quantiles as different as these if the samples differ by `tolerance` at most. */
  readonly p: number;
  /** The smallest delay of a whole sample that nine of ten such comparisons find. */
  readonly resolution: number;
}

/**
 * Compares two samples whose values at one index were measured in one round, in random order. It
 * assumes nothing else: if both are of one kind, the two values of a round might as well have been
 * measured the other way around. So the largest difference of their quantiles, each in units of its
 * own noise, is compared with that after random exchanges (Westfall and Young 1993, maxT).
 * @param random returns a number from 0 to 1
 */
export function compare(
  first: readonly number[],
  second: readonly number[],
  { tolerance, level, permutations }: Settings,
  random: () => number,
): Comparison {
  const raw = permute(first, second, ROUGH_PERMUTATIONS, random);
  const quietest = raw.spreads.indexOf(Math.min(...raw.spreads));
  const difference = raw.observed[quietest] as number;
  const spread = raw.spreads[quietest] as number;
  const tolerated = Math.max(-tolerance, Math.min(tolerance, difference));
  const shifted = second.map((value) => value - tolerated);
  const { observed, spreads, permuted } = permute(first, shifted, permutations, random);
  const largest = (differences: readonly number[]) =>
    Math.max(...differences.map((value, i) => Math.abs(value) / (spreads[i] || 1)));
  const statistics = permuted.map(largest).sort((a, b) => b - a);
  const asLarge = statistics.filter((statistic) => statistic >= largest(observed)).length;
  const critical = statistics[Math.floor(level * permutations)] as number;
  return {
    difference,
    margin: Z_95 * spread,
    p: (asLarge + 1) / (permutations + 1),
    resolution: tolerance + (critical + Z_90_ONE_SIDED) * spread,
  };
}

/** Returns the differences of the quantiles, observed and after random exchanges, and their noise. */
function permute(
  first: readonly number[],
  second: readonly number[],
  permutations: number,
  random: () => number,
) {
  const differences = quantileDifferences(first, second);
  const exchanged = new Uint8Array(first.length);
  const observed = differences(exchanged);
  const permuted = Array.from({ length: permutations }, () =>
    differences(exchanged.map(() => (random() < 0.5 ? 1 : 0))),
  );
  const spreads = QUANTILES.map((_, i) =>
    Math.sqrt(permuted.reduce((sum, all) => sum + (all[i] as number) ** 2, 0) / permutations),
  );
  return { observed, permuted, spreads };
}

/**
 * Sorts all values once, and returns a function of the rounds whose values are exchanged (1) that
 * counts them off in this order.
 */
function quantileDifferences(first: readonly number[], second: readonly number[]) {
  const rounds = first.length;
  const values = Float64Array.from([...first, ...second]);
  const order = Uint32Array.from(values.keys()).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const ranks = QUANTILES.map((quantile) => Math.floor(quantile * rounds));
  return (exchanged: Uint8Array): number[] => {
    const quantiles: [number[], number[]] = [[], []];
    const counts: [number, number] = [0, 0];
    for (const index of order) {
      const sample = index < rounds ? 0 : 1;
      const side = (sample ^ (exchanged[index - sample * rounds] as number)) as 0 | 1;
      const found = quantiles[side];
      if (counts[side]++ === ranks[found.length]) found.push(values[index] as number);
    }
    return quantiles[1].map((value, i) => value - (quantiles[0][i] as number));
  };
}
