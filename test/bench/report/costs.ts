import { dollarsFor, PRICES } from '../../../infra/costs/prices.ts';
import { BATCH_ENTRIES } from '../constants.ts';
import type { Results } from '../measure/all.ts';
import type { OperationName } from '../operations.ts';
import { round } from '../statistics.ts';

type Operations = Results['operations'];
type Units = Pick<Operations[number], 'reads' | 'writes'>;

const UNKNOWN: Units = { reads: Number.NaN, writes: Number.NaN };

/** Returns what DynamoDB charges; a report includes its share of the batch that counts it. */
export function costsOf(operations: Operations) {
  const unitsOf = (name: OperationName): Units =>
    operations.find((row) => row.name === name) ?? UNKNOWN;
  const reports = (['record usage', 'debit usage'] as const).flatMap((name) =>
    (['1 key', '100 keys'] as const).map((keys) => {
      const [report, batch] = [unitsOf(name), unitsOf(`count 1,000 entries of ${keys}`)];
      return costOf(`${name}, counted in batches of ${keys}`, {
        reads: report.reads + batch.reads / BATCH_ENTRIES,
        writes: report.writes + batch.writes / BATCH_ENTRIES,
      });
    }),
  );
  const validations = (['validate warm', 'validate cold'] as const).map((name) =>
    costOf(name, unitsOf(name)),
  );
  return [...validations, ...reports];
}

function costOf(name: string, { reads, writes }: Units) {
  return {
    name,
    reads: round(reads, 3),
    writes: round(writes, 3),
    perMillion: round(
      dollarsFor(reads * 1_000_000, PRICES.readUnit) +
        dollarsFor(writes * 1_000_000, PRICES.writeUnit),
    ).toFixed(2),
  };
}
