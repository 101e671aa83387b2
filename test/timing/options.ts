import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export const PAGE = 'docs/side-channels.md';

export const HELP = `npm run timing -- [options]

Measures whether the time of a refusal tells why a key or a token was refused, and prints the tables
of ${PAGE}. A run takes about 2 minutes.

  --samples N  number of requests of each kind (default: 4000)
  --seed N     seed of the guesses, their order and the test (default: a random one)
  --write      also replaces the tables in ${PAGE}
  --help       prints this text

Exit code: 0 when no times are separable that should not be, and the planted delay was found; 1
otherwise; 2 on an error.
`;

export interface Options {
  readonly samples: number;
  readonly seed: number;
  readonly write: boolean;
}

/**
 * Reads the arguments of the command.
 * @returns undefined if they ask for help
 * @throws Error naming the argument that is wrong
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '4000' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    samples: readInteger('samples', values.samples, 20),
    seed: readInteger('seed', values.seed, 0),
    write: values.write,
  };
}

function readInteger(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value < 2 ** 32) return value;
  throw new Error(`--${name} must be a whole number from ${least}`);
}
