import type { Command } from 'commander';
import type { Api } from '../../admin/api.ts';
import type { ApiKeyInfo } from '../../wire.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatFields } from '../format.ts';
import type { Io } from '../io.ts';
import { describeKey } from '../key.ts';
import { maskedPrefix } from '../options.ts';
import { note, print, printJson } from '../print.ts';
import { printKeys } from './list.ts';

const HELP = `
Examples:
  hokusai-auth show 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11
  hokusai-auth show --prefix hk_live_AbC
`;

interface Options extends ConnectOptions {
  readonly prefix?: string;
}

/** Adds `show`, which shows a key. */
export function addShow(program: Command, io: Io): void {
  const command = program
    .command('show')
    .summary('show a key')
    .description('Shows the configuration and the state of a key, by its key_id or its prefix.')
    .argument('[key_id]', 'key to show')
    .option('--prefix <prefix>', 'its first characters, as lists show them', maskedPrefix)
    .addHelpText('after', HELP)
    .action(async (given: string | undefined, options: Options) => {
      if ((given === undefined) === (options.prefix === undefined)) {
        throw new Exit(EXIT.usage, 'Give either a key_id or --prefix.');
      }
      const api = await connect(options, io);
      const key =
        given === undefined
          ? await findByPrefix(api, options, io)
          : await api.get(requireKeyId(given));
      if (options.json) return printJson(io, key);
      await print(io, formatFields(describeKey(key, io.now())));
    });
  withConnection(command);
}

/** @throws Exit if no key or several have the prefix; lists those */
async function findByPrefix(api: Api, options: Options, io: Io): Promise<ApiKeyInfo> {
  const keys: ApiKeyInfo[] = [];
  for await (const key of api.list({ key_prefix: options.prefix })) keys.push(key);
  const [key, ...others] = keys;
  if (!key) throw new Exit(EXIT.notFound, `No key begins with ${options.prefix}.`);
  if (others.length === 0) return key;
  await note(io, `${keys.length} keys begin with ${options.prefix}; show one by its key_id:`);
  await printKeys(io, iterate(keys), options);
  throw new Exit(EXIT.usage);
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
