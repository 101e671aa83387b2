import { keyNumber } from '../keys.ts';
import type { OperationName } from '../operations.ts';
import type { Bench } from '../setup.ts';
import { quantile, round, sum } from '../statistics.ts';
import { fillTables } from '../tables.ts';
import type { Worker } from '../worker-process.ts';
import { requireEveryReport } from './reports-counted.ts';

const ROUNDS = 4;
const SECONDS = 3;
const VALIDATIONS_PER_SECOND = 100;
const WARM_UP_KEY = 0;
const VALIDATED_KEY = 1;
const OTHER_KEY = 2;

/** The keys that usage is reported for while the validated key is measured. */
const REPORTED = {
  'no reports': undefined,
  // Loads the machine as much as reports for the same key do, but does not write the key's item.
  'reports for another key': OTHER_KEY,
  'reports for the same key': VALIDATED_KEY,
} as const;
type Load = keyof typeof REPORTED;

/**
 * Validates a key at an even rate without reports, with reports for another key, and with reports
 * for the same key, in alternation. Fails unless every accepted report is counted exactly once.
 */
export async function measureLoad(bench: Bench) {
  const { databaseUrl, reportsPerSecond, start, progress } = bench;
  const url = await (await start(1_000)).startLockingProxy(databaseUrl);
  const measured = new Map<Load, Sample[]>();
  for (let i = 0; i < ROUNDS; i++) {
    // Each round has its own tables, so that the embedded database's stream stays short.
    const size = OTHER_KEY + i;
    await fillTables(size, bench.pepper, progress, true);
    const startWarm = async (operation: OperationName) => {
      const worker = await start(size, { AWS_ENDPOINT_URL_DYNAMODB: url });
      await worker.run({ operation, count: 300, key: WARM_UP_KEY });
      return worker;
    };
    const validating = await startWarm('validate warm');
    const reporting = await startWarm('record usage');
    const samples: Sample[] = [];
    for (const [load, key] of Object.entries(REPORTED) as [Load, number | undefined][]) {
      const sample = await takeSample(validating, reporting, key, reportsPerSecond);
      samples.push(sample);
      measured.set(load, [...(measured.get(load) ?? []), sample]);
    }
    const accepted = sum(samples, (sample) => sample.accepted);
    const failed = sum(samples, (sample) => sample.failed);
    const reported = [VALIDATED_KEY, OTHER_KEY].map((key) => keyNumber(key));
    await requireEveryReport(size, keyNumber(WARM_UP_KEY), reported, accepted, failed);
    progress('validating a key that usage is reported for', (i + 1) / ROUNDS);
  }
  const rows = [...measured].map(([name, samples]) => {
    const walls = samples.flatMap((sample) => sample.walls);
    return {
      name,
      reportsPerSecond: round(sum(samples, (sample) => sample.reportsPerSecond) / ROUNDS, 0),
      failed: sum(samples, (sample) => sample.failed + sample.invalid),
      medianMs: round(quantile(walls, 0.5)),
      p99Ms: round(quantile(walls, 0.99)),
    };
  });
  const p99Of = (load: Load) => rows.find(({ name }) => name === load)?.p99Ms ?? Number.NaN;
  return {
    requestedPerSecond: reportsPerSecond,
    rows,
    p99Ratio: round(p99Of('reports for the same key') / p99Of('no reports')),
    p99RatioToAnother: round(p99Of('reports for the same key') / p99Of('reports for another key')),
  };
}

interface Sample {
  readonly walls: readonly number[];
  /** Number of validations with another status than 200. */
  readonly invalid: number;
  /** Number of reports with status 200. */
  readonly accepted: number;
  /** Number of reports with another status than 200. */
  readonly failed: number;
  readonly reportsPerSecond: number;
}

async function takeSample(
  validating: Worker,
  reporting: Worker,
  key: number | undefined,
  perSecond: number,
): Promise<Sample> {
  const validations = Math.round(VALIDATIONS_PER_SECOND * SECONDS);
  const reports = key === undefined ? 0 : Math.round(perSecond * SECONDS);
  const [validated, reported] = await Promise.all([
    validating.run({
      operation: 'validate warm',
      key: VALIDATED_KEY,
      count: validations,
      perSecond: VALIDATIONS_PER_SECOND,
    }),
    reporting.run({ operation: 'record usage', key, count: reports, perSecond }),
  ]);
  const accepted = reported.statuses[200] ?? 0;
  return {
    walls: validated.walls,
    invalid: validations - (validated.statuses[200] ?? 0),
    accepted,
    failed: reports - accepted,
    reportsPerSecond: (accepted / reported.elapsedMs) * 1000,
  };
}
