import { startCapacityCounter } from '../capacity.ts';
import { SLOW_KEYS } from '../constants.ts';
import { type Operation, type OperationName, operations } from '../operations.ts';
import type { Bench } from '../setup.ts';
import { median, quantile, round } from '../statistics.ts';

const NAMES = Object.keys(operations) as OperationName[];
const CALLS = 1000;
const COLD_CALLS = 300;
const WARM_UP_CALLS = 300;
const COUNTED_CALLS = 10;
const SLOW_COUNTED_CALLS = 3;
const CALLERS = 16;

/** Measures the duration, CPU, DynamoDB units and throughput of each operation. */
export async function measureOperations({ databaseUrl, start, progress }: Bench) {
  const capacity = await startCapacityCounter(databaseUrl);
  const direct = await start(1_000);
  const counted = await start(1_000, { AWS_ENDPOINT_URL_DYNAMODB: capacity.url });
  const rows = [];
  for (const name of NAMES) {
    const { slow }: Operation = operations[name];
    const count = slow ?? (name === 'validate cold' ? COLD_CALLS : CALLS);
    const countedCalls = slow ? SLOW_COUNTED_CALLS : COUNTED_CALLS;
    // The first call is not counted, because it may read what later calls find in memory.
    await counted.run({ operation: name, count: 1, first: SLOW_KEYS });
    capacity.take();
    await counted.run({ operation: name, count: countedCalls });
    const { requests, reads, writes } = capacity.take();
    const perCall = (total: number) => round(total / countedCalls);
    if (!slow && name !== 'validate cold') {
      await direct.run({ operation: name, count: WARM_UP_CALLS });
    }
    const alone = await direct.run({ operation: name, count });
    // bcrypt occupies the processor, so concurrent callers of one process would only queue.
    const together = slow
      ? undefined
      : await direct.run({ operation: name, count, concurrency: CALLERS });
    rows.push({
      name,
      medianMs: round(median(alone.walls)),
      p99Ms: round(quantile(alone.walls, 0.99)),
      cpuMs: round(alone.cpuMs / count),
      requests: perCall(requests),
      reads: perCall(reads),
      writes: perCall(writes),
      perSecond1: round((count / alone.elapsedMs) * 1000, 0),
      perSecond16: together && round((count / together.elapsedMs) * 1000, 0),
    });
    progress('measuring every operation', rows.length / NAMES.length);
  }
  capacity.stop();
  return rows;
}
