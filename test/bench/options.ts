import { parseArgs } from 'node:util';
import type { Extent } from './setup.ts';

export const HELP = `npm run bench -- [options]

Measures what each operation of the service costs on this machine, and prints the results as
Markdown. A run takes about 8 minutes.

  --write         also replaces docs/benchmarks.md and .json, once the run is complete
  --json FILE     file for the raw results (default: bench.json)
  --from FILE     uses the raw results in FILE instead of measuring
  --large         also measures with 1,000,000 keys, which takes half an hour longer
  --reports RATE  usage reports per second for a key while it is validated (default: 250)
  --help          prints this text`;

export interface Options {
  readonly write: boolean;
  readonly json: string;
  readonly from: string | undefined;
  readonly extent: Extent;
}

export type Command =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage-error'; readonly message: string };

export function parseCommand(args: readonly string[]): Command {
  try {
    return readCommand(args);
  } catch (error) {
    // The sentences after the first explain positional arguments, which do not exist here.
    const [message = ''] = (error as Error).message.split('. ');
    return { kind: 'usage-error', message: `${message}.` };
  }
}

function readCommand(args: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      json: { type: 'string', default: 'bench.json' },
      from: { type: 'string' },
      large: { type: 'boolean', default: false },
      reports: { type: 'string', default: '250' },
      help: { type: 'boolean', default: false },
    },
  });
  const { write, json, from, large, reports, help } = values;
  if (help) return { kind: 'help' };
  const reportsPerSecond = Number(reports);
  if (!(Number.isFinite(reportsPerSecond) && reportsPerSecond > 0)) {
    return { kind: 'usage-error', message: '--reports must be a number above 0.' };
  }
  const extent = large
    ? { sizes: [1_000, 100_000, 1_000_000], memoryKeys: 1_000_000, reportsPerSecond }
    : { sizes: [1_000, 100_000], memoryKeys: 30_000, reportsPerSecond };
  return { kind: 'run', options: { write, json, from, extent } };
}
