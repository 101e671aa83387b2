import type { Command } from 'commander';
import type { UpdateKeyRequest } from '../../wire.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatFields } from '../format.ts';
import type { Io } from '../io.ts';
import { describeKey } from '../key.ts';
import { type ConfigurationOptions, configurationOf, withConfiguration } from '../options.ts';
import { print, printJson } from '../print.ts';

const HELP = `
Examples:
  hokusai-auth update 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --rate-limit 500 --scope predict
  hokusai-auth update 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --suspend
`;

interface Options extends ConnectOptions, ConfigurationOptions {
  readonly name?: string;
  readonly allScopes?: boolean;
  readonly anyIp?: boolean;
  readonly suspend?: boolean;
  readonly resume?: boolean;
}

/** Adds `update`, which changes a key. */
export function addUpdate(program: Command, io: Io): void {
  const command = program
    .command('update')
    .summary('change a key')
    .description('Changes the given fields of a key, from the next validation on.')
    .argument('<key_id>', 'key to change')
    .option('--name <name>', 'name for people')
    .option('--all-scopes', 'lift the restriction to scopes')
    .option('--any-ip', 'lift the restriction to addresses')
    .option('--suspend', 'refuse the key until it is resumed')
    .option('--resume', 'accept a suspended key again')
    .addHelpText('after', HELP)
    .action(async (given: string, options: Options) => {
      const keyId = requireKeyId(given);
      const fields = fieldsOf(options);
      const api = await connect(options, io);
      const key = await api.update(keyId, fields);
      if (options.json) return printJson(io, key);
      await print(io, formatFields(describeKey(key, io.now())));
    });
  withConnection(withConfiguration(command));
}

/** @throws Exit if the options contradict each other or change nothing */
function fieldsOf(options: Options): UpdateKeyRequest {
  const { name, allScopes, anyIp, suspend, resume } = options;
  if ((allScopes && options.scope) || (anyIp && options.allowIp) || (suspend && resume)) {
    throw new Exit(EXIT.usage, 'Two of the options contradict each other.');
  }
  const fields: UpdateKeyRequest = {
    ...configurationOf(options),
    name,
    ...(allScopes && { scopes: [] }),
    ...(anyIp && { allowed_ips: [] }),
    ...((suspend || resume) && { suspended: suspend === true }),
  };
  if (Object.values(fields).some((value) => value !== undefined)) return fields;
  throw new Exit(EXIT.usage, 'Name at least one field to change; see update --help.');
}
