import type { Results } from './main.ts';
import { round } from './statistics.ts';

type Cell = string | number;

/** What was measured, as Markdown. */
export function report(results: Results): string {
  const { machine, coldStart, operations, floor, growth, http, memory } = results;
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
      ['Bundle', 'KB', 'load ms', '÷ the SDK alone'],
      coldStart.bundles.map((row) => Object.values(row)),
    ),
    `The first validation of a fresh process takes ${coldStart.firstValidationMs} ms.`,
    `Over HTTP, 16 connections: ${http.perSecond} validations/s, median ${http.medianMs} ms, p99 ${http.p99Ms} ms, ${http.not2xx} failed.`,
    `Memory of a process: ${memory[first]} MB after ${first.toLocaleString('en')} keys, ${memory[last]} MB after ${last.toLocaleString('en')}, at most ${Math.max(...Object.values(memory))} MB.`,
  ].join('\n\n');
}

function table(head: string[], rows: Cell[][]): string {
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
