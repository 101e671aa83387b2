import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export const HELP = `npm run fuzz -- [options]

Sends random requests to the service on a database of its own: over HTTP, and as events to its
functions. Checks each answer, what is logged, what is stored, and that memory does not grow.

  --seed N      determines the requests (default: a random number, which is printed)
  --requests N  about how many are sent (default: 50000)
  --path PATH   only replays a failure, with the seed and the path that were printed with it
  --help        prints this text

Exit code: 0 when nothing was found, 1 when something was, 2 on an error.`;

export interface Options {
  readonly seed: number;
  readonly requests: number;
  readonly path: string | undefined;
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
      seed: { type: 'string' },
      requests: { type: 'string', default: '50000' },
      path: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { seed, requests, path, help } = values;
  if (help) return undefined;
  if (path !== undefined && seed === undefined) throw new Error('--path needs --seed');
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path)) {
    throw new Error('--path takes numbers with colons between them, as in 3:0:1');
  }
  return {
    seed: seed === undefined ? randomInt(1_000_000) : wholeNumber('--seed', seed),
    requests: wholeNumber('--requests', requests),
    path,
  };
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option} takes a whole number`);
}
