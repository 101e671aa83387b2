import { deepStrictEqual, ok } from 'node:assert';
import { createStreamReader } from '../../infra/local/stream.ts';
import { readLog } from '../../lib/aws/dynamodb/usage-log.ts';
import { monthOf } from '../../lib/domain/time.ts';
import type { LogEntry } from '../../lib/domain/usage-report.ts';
import { compareTotals } from '../support/usage-log.ts';
import { keyNumber } from './keys.ts';
import type { Bench } from './measure.ts';
import type { OperationName } from './operations.ts';
import type { Worker } from './processes.ts';
import { quantile, round } from './statistics.ts';
import { fillTables, tablesOf } from './tables.ts';

const TURNS = 4;
const SECONDS = 3;
const VALIDATIONS_PER_SECOND = 100;
const WARM_UP_KEY = 0;
const VALIDATED_KEY = 1;
const OTHER_KEY = 2;

/** What is going on while a key is validated: reports of this key, in turn with the others. */
const REPORTED = {
  undisturbed: undefined,
  // It takes the machine as much as reports of the same key do, and the key's item nothing.
  'another key is reported on': OTHER_KEY,
  'it is reported on': VALIDATED_KEY,
} as const;
type Disturbance = keyof typeof REPORTED;

/**
 * Validates a key at an even rate while nothing else happens, while another key is reported on, and while it is
 * itself, turn by turn; at the end every report that was accepted must be in the log and in the totals, once.
 */
export async function measureLoad(bench: Bench) {
  const { databaseUrl, reportsPerSecond, start, progress } = bench;
  const { url = '' } = await (await start(1_000)).do({ lock: databaseUrl });
  const measured = new Map<Disturbance, Turn[]>();
  for (let i = 0; i < TURNS; i++) {
    // Tables of its own for each turn, so that the embedded stream stays short.
    const size = OTHER_KEY + i;
    await fillTables(size, bench.pepper, progress, true);
    const startWarm = async (run: OperationName) => {
      const worker = await start(size, { AWS_ENDPOINT_URL_DYNAMODB: url });
      await worker.do({ run, count: 300, key: WARM_UP_KEY });
      return worker;
    };
    const validating = await startWarm('validate warm');
    const reporting = await startWarm('record usage');
    const turns: Turn[] = [];
    for (const [name, key] of Object.entries(REPORTED) as [Disturbance, number | undefined][]) {
      const measuredTurn = await turn(validating, reporting, key, reportsPerSecond);
      turns.push(measuredTurn);
      measured.set(name, [...(measured.get(name) ?? []), measuredTurn]);
    }
    await requireEveryReport(
      size,
      sum(turns, ({ accepted }) => accepted),
      sum(turns, ({ failed }) => failed),
    );
    progress('validating a key that is reported on', (i + 1) / TURNS);
  }
  const rows = [...measured].map(([name, turns]) => {
    const walls = turns.flatMap((turn) => turn.walls);
    return {
      name,
      reportsPerSecond: round(sum(turns, ({ reportsPerSecond }) => reportsPerSecond) / TURNS, 0),
      failed: sum(turns, ({ failed, invalid }) => failed + invalid),
      medianMs: round(quantile(walls, 0.5)),
      p99Ms: round(quantile(walls, 0.99)),
    };
  });
  const p99Of = (name: Disturbance) => rows.find((row) => row.name === name)?.p99Ms ?? Number.NaN;
  return {
    rows,
    p99Ratio: round(p99Of('it is reported on') / p99Of('undisturbed')),
    p99RatioToAnother: round(p99Of('it is reported on') / p99Of('another key is reported on')),
  };
}

interface Turn {
  readonly walls: readonly number[];
  /** Validations that were not answered 200. */
  readonly invalid: number;
  readonly accepted: number;
  readonly failed: number;
  readonly reportsPerSecond: number;
}

async function turn(
  validating: Worker,
  reporting: Worker,
  key: number | undefined,
  perSecond: number,
): Promise<Turn> {
  const validations = Math.round(VALIDATIONS_PER_SECOND * SECONDS);
  const reports = key === undefined ? 0 : Math.round(perSecond * SECONDS);
  const [validated, reported] = await Promise.all([
    validating.do({
      run: 'validate warm',
      key: VALIDATED_KEY,
      count: validations,
      perSecond: VALIDATIONS_PER_SECOND,
    }),
    reporting.do({ run: 'record usage', key, count: reports, perSecond }),
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

/** Fails when a report that was accepted is not in the log and in the totals made from it, or is there twice. */
async function requireEveryReport(size: number, accepted: number, failed: number): Promise<void> {
  Object.assign(process.env, tablesOf(size));
  // It reads the variables as it loads.
  const { handler } = await import('../../functions/count-usage.ts');
  const stream = createStreamReader(handler);
  while ((await stream.poll()) > 0);
  stream.stop();
  const log: LogEntry[] = [];
  for (const key of [WARM_UP_KEY, VALIDATED_KEY, OTHER_KEY]) {
    for await (const entry of readLog(keyNumber(key).keyId, monthOf(new Date()))) {
      log.push(entry);
    }
  }
  const { expected, actual } = await compareTotals(log);
  deepStrictEqual(actual, expected);
  const logged = log.filter(({ key_id }) => key_id !== keyNumber(WARM_UP_KEY).keyId).length;
  // A report that was answered 503 may be there all the same.
  ok(
    accepted <= logged && logged <= accepted + failed,
    `${logged} log entries of ${accepted} reports that were accepted, and ${failed} that failed`,
  );
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}
