import { parseArgs } from 'node:util';

export const HELP = `npm run chaos -- [options]

Runs random operations of many clients on two processes of the service, which share a database, while
requests to DynamoDB and Secrets Manager fail and processes are killed. Then it checks from the
answers, and from what the tables hold, that no rule of the service was broken. A run of 20,000
operations takes about two minutes.
  --seed        the first seed; by default a random one. It repeats the choices of the clients and
                of the faults, but not the order in which the processes' work interleaves
  --seeds       the number of seeds, each a run of its own; by default 1
  --operations  the number of operations of a run; by default 20000
  --write       also writes the table of docs/chaos.md
  --help        prints this text

Exit code: 0 if no rule was broken, 1 if one was, 2 on an error.
`;

export interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly operations: number;
  readonly write: boolean;
}

/**
 * Reads the options, or returns undefined if help was asked for.
 * @throws Error for an option that doesn't exist or a value that can't be used
 */
export function readOptions(args: readonly string[], randomSeed: number): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(randomSeed) },
      seeds: { type: 'string', default: '1' },
      operations: { type: 'string', default: '20000' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    seed: wholeNumber('--seed', values.seed),
    seeds: wholeNumber('--seeds', values.seeds),
    operations: wholeNumber('--operations', values.operations),
    write: values.write,
  };
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${name} is "${text}"; it takes a whole number from 1 to 999999999.`);
}
