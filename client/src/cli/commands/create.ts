import { type Command, Option } from 'commander';
import type { CreateKeyRequest } from '../../wire.ts';
import { type ConnectOptions, connect, withConnection } from '../connect.ts';
import type { Io } from '../io.ts';
import { issueKey } from '../issue.ts';
import {
  type ConfigurationOptions,
  configurationOf,
  ENVIRONMENTS,
  withConfiguration,
} from '../options.ts';

const HELP = `
Examples:
  hokusai-auth create backend --service prediction --scope predict --out backend.key
  hokusai-auth create nightly --service prediction --use-case batch --allow-ip 203.0.113.0/24
  hokusai-auth create trial --service website --environment test --expires-in-days 30 --json
`;

interface Options extends ConnectOptions, ConfigurationOptions {
  readonly service: string;
  readonly environment?: CreateKeyRequest['environment'];
  readonly user?: string;
  readonly out?: string;
}

/** Adds `create`, which issues a key. */
export function addCreate(program: Command, io: Io): void {
  const command = program
    .command('create')
    .summary('issue a key')
    .description('Issues a key. It is shown only now, or written to a file that only you can read.')
    .argument('<name>', 'name for people')
    .requiredOption('--service <id>', 'service that the key is for')
    .addOption(
      new Option('--environment <name>', 'environment; production if absent').choices(ENVIRONMENTS),
    )
    .option('--user <id>', 'owner of the key')
    .option('--out <file>', 'write the key to this new file instead of showing it')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options) => {
      const api = await connect(options, io);
      const fields: CreateKeyRequest = {
        name,
        service_id: options.service,
        environment: options.environment,
        user_id: options.user,
        ...configurationOf(options),
      };
      await issueKey(
        io,
        options,
        () => api.create(fields),
        'The key may have been created: list the keys, and revoke the newest with this name.',
      );
    });
  withConnection(withConfiguration(command));
}
