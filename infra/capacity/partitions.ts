import { seeded } from './seeded.ts';

/** The smallest parts of the range of hashes, into which a table can be split. */
const CELLS = 64;
/** Enough keys for a spread as even as that of more. */
const PLACED_KEYS = 10_000;

interface Partition {
  /** Its cells, from the first up to but not including the last. */
  readonly from: number;
  readonly to: number;
  /** The steps in which it was over its limit. */
  readonly hotTicks: number;
}

/** The partitions of a table: ranges of hashes, which are split in halves and never merged. */
export class Partitions {
  /** The share of all keys in each cell. */
  readonly shares: readonly number[];
  private partitions: readonly Partition[];

  constructor(keys: number, seed: number) {
    // A single key is in one partition, however the others are split.
    this.shares = keys === 1 ? [1] : placeKeys(keys, seed);
    this.partitions = [{ from: 0, to: this.shares.length, hotTicks: 0 }];
  }

  /** Returns the share of all keys that are in the largest partition. */
  largestShare(): number {
    return Math.max(...this.partitions.map(({ from, to }) => total(this.shares, from, to)));
  }

  /** Splits all partitions until there are that many, or a partition is a single cell. */
  growTo(count: number): void {
    while (this.partitions.length < Math.min(count, this.shares.length)) {
      const largest = Math.max(...this.partitions.map(({ from, to }) => to - from));
      this.partitions = this.partitions.flatMap((one) =>
        one.to - one.from === largest && largest > 1 ? halves(one) : one,
      );
    }
  }

  /**
   * Returns the share of each cell's writes that its partition takes.
   * @param writes of each cell
   */
  take(writes: readonly number[], limit: number): number[] {
    const taken = writes.map(() => 1);
    for (const { from, to } of this.partitions) {
      const sum = total(writes, from, to);
      if (sum > limit) taken.fill(limit / sum, from, to);
    }
    return taken;
  }

  /**
   * Splits the partitions that have been over their limit for that many steps, as in
   * https://aws.amazon.com/blogs/database/part-3-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/
   * @param taken what {@link take} returned
   */
  splitHot(taken: readonly number[], heatTicks: number): void {
    this.partitions = this.partitions.flatMap((one) => {
      if (taken[one.from] === 1) return one;
      const isSplit = one.hotTicks >= heatTicks && one.to - one.from > 1;
      return isSplit ? halves(one) : { ...one, hotTicks: one.hotTicks + 1 };
    });
  }
}

function total(amounts: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += amounts[i] ?? 0;
  return sum;
}

function halves({ from, to }: Partition): Partition[] {
  const middle = (from + to) / 2;
  return [
    { from, to: middle, hotTicks: 0 },
    { from: middle, to, hotTicks: 0 },
  ];
}

/** Puts keys into cells by a hash, and returns the share of each cell. */
function placeKeys(keys: number, seed: number): number[] {
  const random = seeded(seed);
  const placed = Math.min(keys, PLACED_KEYS);
  const cells = new Array<number>(CELLS).fill(0);
  for (let key = 0; key < placed; key++) {
    const cell = Math.floor(random() * CELLS);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return cells.map((count) => count / placed);
}
