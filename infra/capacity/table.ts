import { Partitions } from './partitions.ts';
import { QUOTAS } from './quotas.ts';
import type { Limits, Load } from './simulate.ts';

/** Chosen once: where the keys lie among the partitions. */
const SEED = 20261128;
const HEAT_SECONDS = QUOTAS.heatMinutes.value * 60;
const GROWTH_SECONDS = QUOTAS.growthMinutes.value * 60;

const STOPS = ['keyLimit', 'table', 'partition'] as const;
type Amounts = Record<(typeof STOPS)[number], number>;

const NOTHING: Readonly<Amounts> = { keyLimit: 0, table: 0, partition: 0 };

export interface Written {
  readonly accepted: number;
  /** Writes that were not taken, by what stopped them, and those of them that are not repeated. */
  readonly stopped: Readonly<Amounts>;
  readonly givenUp: Readonly<Amounts>;
}

/** Writes of each cell, by the number of attempts before. */
interface Attempt {
  readonly number: number;
  readonly cells: readonly number[];
}

/** What is taken of each write. */
interface Taken {
  readonly byKeys: number;
  readonly byTable: number;
  readonly byPartition: readonly number[];
}

/** A table on demand: it takes writes, those that it does not take come again, and it grows. */
export class Table {
  private readonly partitions: Partitions;
  private readonly pauses: readonly number[];
  /** What is repeated, by the number of steps until then. */
  private due: Attempt[][];
  private capacity: number;
  private peak = 0;
  private grownAt = 0;

  constructor(
    load: Load,
    private readonly limits: Limits,
    private readonly tickMs: number,
  ) {
    this.partitions = new Partitions(load.keys, SEED);
    this.pauses = load.pausesMs.map((ms) => Math.max(1, Math.ceil(ms / tickMs)));
    this.due = Array.from({ length: Math.max(1, ...this.pauses) }, () => []);
    this.capacity = limits.tableWrites;
    this.partitions.growTo(this.capacity / limits.partitionWrites);
  }

  /** Returns the calls that wait to repeat their write. */
  waiting(): number {
    return sum(this.due.flat().map(({ cells }) => sum(cells)));
  }

  /**
   * Returns the share of new writes that would have to be repeated.
   * @param left what the limits of the keys leave
   */
  repeated(fresh: number, left: number): number {
    if (this.pauses.length === 0 || this.takesAll(fresh)) return 0;
    const { byKeys, byTable, byPartition } = this.take(this.attempts(fresh), left);
    const cells = this.partitions.shares.map((share, i) => share * (byPartition[i] ?? 1));
    return byKeys * (1 - byTable * sum(cells));
  }

  /** Writes for one step; the writes that were to be repeated are among them. */
  write(fresh: number, left: number, second: number): Written {
    this.grow(second);
    if (this.takesAll(fresh)) return this.took(fresh);
    const attempts = this.attempts(fresh);
    const taken = this.take(attempts, left);
    this.partitions.splitHot(taken.byPartition, (HEAT_SECONDS * 1000) / this.tickMs);
    this.due = [...this.due.slice(1), []];
    const [stopped, givenUp] = [{ ...NOTHING }, { ...NOTHING }];
    let accepted = 0;
    for (const { number, cells } of attempts) {
      const lost = this.lose(cells, taken);
      const amounts = {
        // A failed condition is an answer: it is not repeated.
        keyLimit: sum(cells) * (1 - taken.byKeys),
        table: sum(lost.table),
        partition: sum(lost.partition),
      };
      accepted += sum(cells) - amounts.keyLimit - amounts.table - amounts.partition;
      add(stopped, amounts);
      const pause = this.pauses[number];
      if (pause === undefined) add(givenUp, amounts);
      else {
        givenUp.keyLimit += amounts.keyLimit;
        const again = lost.table.map((amount, i) => amount + (lost.partition[i] ?? 0));
        if (sum(again) > 0) this.due[pause - 1]?.push({ number: number + 1, cells: again });
      }
    }
    return { ...this.took(accepted), stopped, givenUp };
  }

  /** Whether the limits are so far away that no write has to be looked at. */
  private takesAll(fresh: number): boolean {
    const { partitionWrites } = this.limits;
    return (
      this.isIdle() &&
      fresh <= this.perTick(this.capacity) &&
      fresh * this.partitions.largestShare() <= this.perTick(partitionWrites)
    );
  }

  private isIdle(): boolean {
    return this.due.every((attempts) => attempts.length === 0);
  }

  private took(accepted: number): Written {
    this.peak = Math.max(this.peak, (accepted * 1000) / this.tickMs);
    return { accepted, stopped: NOTHING, givenUp: NOTHING };
  }

  private attempts(fresh: number): Attempt[] {
    const cells = this.partitions.shares.map((share) => share * fresh);
    return [{ number: 0, cells }, ...(this.due[0] ?? [])];
  }

  private take(attempts: readonly Attempt[], left: number): Taken {
    const cells = this.partitions.shares.map(() => 0);
    for (const attempt of attempts) {
      for (const [i, amount] of attempt.cells.entries()) cells[i] = (cells[i] ?? 0) + amount;
    }
    const demand = sum(cells);
    const byKeys = demand > left ? left / demand : 1;
    const byTable = Math.min(1, this.perTick(this.capacity) / (demand * byKeys || 1));
    const writes = cells.map((amount) => amount * byKeys * byTable);
    const limit = this.perTick(this.limits.partitionWrites);
    return { byKeys, byTable, byPartition: this.partitions.take(writes, limit) };
  }

  private lose(cells: readonly number[], { byKeys, byTable, byPartition }: Taken) {
    return {
      table: cells.map((amount) => amount * byKeys * (1 - byTable)),
      partition: cells.map((amount, i) => amount * byKeys * byTable * (1 - (byPartition[i] ?? 1))),
    };
  }

  /** Lets the table take twice its peak. */
  private grow(second: number): void {
    if (second - this.grownAt < GROWTH_SECONDS) return;
    const grown = Math.min(this.limits.mostTableWrites, 2 * this.peak);
    this.capacity = Math.max(this.capacity, grown);
    this.partitions.growTo(this.capacity / this.limits.partitionWrites);
    this.grownAt = second;
  }

  private perTick(perSecond: number): number {
    return (perSecond * this.tickMs) / 1000;
  }
}

function sum(amounts: readonly number[]): number {
  let total = 0;
  for (const amount of amounts) total += amount;
  return total;
}

function add(total: Amounts, more: Readonly<Amounts>): void {
  for (const stop of STOPS) total[stop] += more[stop];
}
