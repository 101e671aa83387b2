import { type Command, Option } from 'commander';
import type { ApiKeyInfo, ListKeysQuery } from '../../wire.ts';
import { type ConnectOptions, connect, withConnection } from '../connect.ts';
import type { Io } from '../io.ts';
import { keyColumns } from '../key.ts';
import { ENVIRONMENTS, maskedPrefix, wholeNumber } from '../options.ts';
import { note, print, printJsonArray } from '../print.ts';
import { withProgress } from '../progress.ts';
import { createTable } from '../table.ts';
import { take } from '../take.ts';

const HELP = `
Examples:
  hokusai-auth list --service prediction --active
  hokusai-auth list --rotation-due --all
  hokusai-auth list --all --json > keys.json
`;

interface Options extends ConnectOptions {
  readonly service?: string;
  readonly environment?: ListKeysQuery['environment'];
  readonly active?: boolean;
  readonly rotationDue?: boolean;
  readonly user?: string;
  readonly prefix?: string;
  readonly name?: string;
  readonly unusedDays?: number;
  readonly finding?: ListKeysQuery['finding'];
  readonly limit: number;
  readonly all?: boolean;
}

/** Adds `list`, which lists keys. */
export function addList(program: Command, io: Io): void {
  const command = program
    .command('list')
    .summary('list keys, newest first')
    .description('Lists keys, newest first: the first 100, or all.')
    .option('--service <id>', 'only keys of this service')
    .addOption(
      new Option('--environment <name>', 'only keys of this environment').choices(ENVIRONMENTS),
    )
    .option('--active', 'only keys that are neither revoked nor expired')
    .option('--rotation-due', 'only keys that should have been rotated')
    .option('--user <id>', 'only keys of this owner')
    .option('--prefix <prefix>', 'only keys that begin so: hk_live_AbC', maskedPrefix)
    .option('--name <text>', 'only keys with this in their name')
    .option('--unused-days <n>', 'only keys that were not used for so many days', wholeNumber)
    .option('--finding <check>', 'only keys that this check of posture has found')
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .option('--all', 'all of them')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const api = await connect(options, io);
      const most = options.all ? Number.POSITIVE_INFINITY : options.limit;
      const found = withProgress(io, 'keys', api.list(queryOf(options, most)));
      const keys = take(found, most, () =>
        note(io, `There are more than ${most}: --all lists them all.`),
      );
      await printKeys(io, keys, options);
    });
  withConnection(command);
}

function queryOf(options: Options, most: number): ListKeysQuery {
  return {
    service_id: options.service,
    environment: options.environment,
    active_only: options.active,
    rotation_due: options.rotationDue,
    user_id: options.user,
    key_prefix: options.prefix,
    name: options.name,
    unused_days: options.unusedDays,
    finding: options.finding,
    limit: Math.min(most + 1, 1000),
  };
}

/** Prints keys as they come. */
export async function printKeys(
  io: Io,
  keys: AsyncIterable<ApiKeyInfo>,
  { json }: ConnectOptions,
): Promise<void> {
  if (json) return printJsonArray(io, keys);
  const table = createTable(io, keyColumns(io.now()));
  let count = 0;
  for await (const key of keys) {
    if (count++ === 0) await print(io, table.head);
    await print(io, table.line(key));
  }
  if (count === 0) await note(io, 'There are no such keys.');
}
