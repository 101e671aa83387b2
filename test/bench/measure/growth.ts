import type { Bench } from '../setup.ts';
import { median, round } from '../statistics.ts';

const ROUNDS = 15;
const CALLS = 50;
const OPERATIONS = ['validate warm', 'validate cold', 'list page of 100'] as const;

/** Compares operations on tables of different sizes, alternating between the tables. */
export async function measureGrowth({ sizes, start, progress }: Bench) {
  const bySize = await Promise.all(
    sizes.map(async (size) => ({ size, worker: await start(size) })),
  );
  const walls = new Map<string, number[]>();
  for (let i = 0; i <= ROUNDS; i++) {
    for (const operation of OPERATIONS) {
      for (const { size, worker } of bySize) {
        const measured = await worker.run({ operation, count: CALLS });
        const before = walls.get(`${operation} ${size}`) ?? [];
        // The first round warms up and is left out.
        if (i > 0) walls.set(`${operation} ${size}`, [...before, ...measured.walls]);
      }
    }
    progress('comparing tables with few and many keys', i / ROUNDS);
  }
  return OPERATIONS.map((name) => {
    const medians = sizes.map((size) => median(walls.get(`${name} ${size}`) ?? []));
    return {
      name,
      sizes,
      mediansMs: medians.map((value) => round(value)),
      ratios: medians.map((value) => round(value / (medians[0] ?? Number.NaN))),
    };
  });
}
