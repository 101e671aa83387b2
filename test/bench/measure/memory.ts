import type { Bench } from '../setup.ts';
import { round } from '../statistics.ts';

const STEP = 5000;

/** Measures the memory of a process that validates each of many keys once. */
export async function measureMemory({ sizes, memoryKeys, start, progress }: Bench) {
  const worker = await start(Math.max(...sizes));
  const rssMb: Record<number, number> = {};
  for (let validated = STEP; validated <= memoryKeys; validated += STEP) {
    const task = { operation: 'validate cold', count: STEP, concurrency: 16 } as const;
    const measured = await worker.run(task);
    rssMb[validated] = round(measured.rssMb, 0);
    progress('validating many keys', validated / memoryKeys);
  }
  return rssMb;
}
