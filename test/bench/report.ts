import type { Results } from './main.ts';
import { BATCH, type OperationName } from './operations.ts';
import { round } from './statistics.ts';

type Cell = string | number;
type Units = Pick<Results['operations'][number], 'reads' | 'writes'>;

const UNKNOWN: Units = { reads: Number.NaN, writes: Number.NaN };

/** Dollars for a million units, on demand in us-east-1 (https://aws.amazon.com/dynamodb/pricing/on-demand/). */
const READ_UNITS_PRICE = 0.125;
const WRITE_UNITS_PRICE = 0.625;

/** What was measured, as Markdown. */
export function report(results: Results): string {
  const { machine, coldStart, operations, floor, growth, load, revocation, http, memory } = results;
  const byName = new Map(operations.map((row) => [row.name, row]));
  const cpuOf = (name: (typeof operations)[number]['name']) =>
    byName.get(name)?.cpuMs ?? Number.NaN;
  const known = Object.keys(memory).map(Number);
  const [first = 0] = known;
  const last = known.at(-1) ?? 0;
  return [
    `Measured on ${machine}.`,
    table(
      [
        'Operation',
        'median ms',
        'p99 ms',
        'CPU ms',
        'requests',
        'read units',
        'write units',
        '/s, 1 caller',
        '/s, 16 callers',
      ],
      operations.map((row) => Object.values(row)),
    ),
    table(
      ['Ratio', ''],
      [
        [
          `CPU of a warm validation (${floor.warmCpuMs} ms) ÷ the SDK alone (${floor.bareCpuMs} ms)`,
          floor.cpuRatio,
        ],
        [
          'CPU of a validation by bcrypt ÷ by digest',
          round(cpuOf('validate, bcrypt only') / cpuOf('validate cold'), 0),
        ],
        [
          'throughput of a key over its limit ÷ of a valid one',
          round(
            (byName.get('validate, over limit')?.perSecond1 ?? Number.NaN) /
              (byName.get('validate warm')?.perSecond1 ?? Number.NaN),
            1,
          ),
        ],
        ...growth.flatMap(({ name, sizes, mediansMs, ratios }) =>
          sizes
            .slice(1)
            .map((size, i): Cell[] => [
              `${name}: ${size.toLocaleString('en')} keys (${mediansMs[i + 1]} ms) ÷ 1,000 keys (${mediansMs[0]} ms)`,
              ratios[i + 1] ?? Number.NaN,
            ]),
        ),
      ],
    ),
    table(
      ['DynamoDB, us-east-1, on demand', 'read units', 'write units', '$ per million'],
      costs(operations),
    ),
    table(
      ['Validations of a key while', 'reports/s', 'failed', 'median ms', 'p99 ms'],
      load.rows.map((row) => Object.values(row)),
    ),
    `p99 while it is reported on ÷ undisturbed: ${load.p99Ratio}; ÷ while another key is: ${load.p99RatioToAnother}.`,
    table(
      [
        `While ${revocation.connections} connections use the key`,
        'tries',
        'median ms',
        'slowest ms',
        `within ${revocation.withinMs / 1000} s`,
      ],
      revocation.changes.map((row) => Object.values(row)),
    ),
    table(
      ['Bundle', 'KB', 'load ms', '÷ the SDK alone'],
      coldStart.bundles.map((row) => Object.values(row)),
    ),
    `The first validation of a fresh process takes ${coldStart.firstValidationMs} ms.`,
    `Over HTTP, 16 connections: ${http.perSecond} validations/s, median ${http.medianMs} ms, p99 ${http.p99Ms} ms, ${http.not2xx} failed.`,
    `Memory of a process: ${memory[first]} MB after ${first.toLocaleString('en')} keys, ${memory[last]} MB after ${last.toLocaleString('en')}, at most ${Math.max(...Object.values(memory))} MB.`,
  ].join('\n\n');
}

/** What DynamoDB costs, a report with its share of the batch in which it is counted. */
function costs(operations: Results['operations']): Cell[][] {
  const unitsOf = (name: OperationName) => {
    const { reads, writes } = operations.find((row) => row.name === name) ?? UNKNOWN;
    return { reads, writes };
  };
  const row = (name: string, { reads, writes }: Units): Cell[] => [
    name,
    round(reads, 3),
    round(writes, 3),
    round(reads * READ_UNITS_PRICE + writes * WRITE_UNITS_PRICE).toFixed(2),
  ];
  const reports = (['record usage', 'debit usage'] as const).flatMap((name) =>
    (['1 key', '100 keys'] as const).map((keys) => {
      const [report, batch] = [unitsOf(name), unitsOf(`count 1,000 entries of ${keys}`)];
      return row(`${name}, counted in batches of ${keys}`, {
        reads: report.reads + batch.reads / BATCH,
        writes: report.writes + batch.writes / BATCH,
      });
    }),
  );
  return [row('validate warm', unitsOf('validate warm')), ...reports];
}

function table(head: string[], rows: Cell[][]): string {
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
