import { parseArgs } from 'node:util';
import type { Attack } from '../attack.ts';
import { ATTACKS } from '../attacks.ts';
import { OPEN_ATTACKS } from '../open-attacks.ts';

const ALL = [...ATTACKS, ...OPEN_ATTACKS];
export const HELP = `npm run flood -- [options]

Attacks a service process on this machine with each of the attacks of docs/abuse.md, and compares the
requests to DynamoDB and Secrets Manager, and the growth of its memory, with their bounds. Meanwhile
a bystander validates a key of its own.
  --attack NAME  only this attack; may be repeated. Their names are on that page
  --requests N   the requests of each attack, which ends after two minutes even so (default: 30000,
                 three times what a cache holds)
  --help         prints this text

Exit code: 0 when no bound was exceeded, 1 when one was, 2 on an error.
`;

export interface Options {
  readonly attacks: readonly Attack[];
  readonly requests: number;
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
      attack: { type: 'string', multiple: true, default: ALL.map(({ id }) => id) },
      requests: { type: 'string', default: '30000' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.attack.find((name) => !ALL.some(({ id }) => id === name));
  if (unknown !== undefined) {
    throw new Error(`--attack takes one of ${ALL.map(({ id }) => id).join(', ')}; not ${unknown}`);
  }
  const requests = Number(values.requests);
  if (!Number.isInteger(requests) || requests < 1) {
    throw new Error('--requests takes a whole number from 1 on');
  }
  return { attacks: ALL.filter(({ id }) => values.attack.includes(id)), requests };
}
