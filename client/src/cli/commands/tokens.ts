import { type Command, Option } from 'commander';
import { EXIT, Exit } from '../exit.ts';
import { formatDay, formatFields } from '../format.ts';
import type { Io } from '../io.ts';
import {
  changeTokens,
  hashToken,
  isTokenName,
  type NamedToken,
  newToken,
  ROLES,
  readTokens,
} from '../named-tokens.ts';
import { wholeNumber } from '../options.ts';
import { note, print, printJson } from '../print.ts';
import { createSecret } from '../secret-file.ts';
import { type Column, createTable } from '../table.ts';

const DAY_MS = 86_400_000;

const HELP = `
The tokens are in one secret of Secrets Manager, named by --secret or HOKUSAI_TOKENS_SECRET. The AWS
credentials need secretsmanager:GetSecretValue, and to change tokens also PutSecretValue and
UpdateSecretVersionStage.

Examples:
  hokusai-auth tokens list
  hokusai-auth tokens add alice --role admin --expires-in-days 90 --out alice.token
  hokusai-auth tokens add billing --role service --service prediction --out billing.token
  hokusai-auth tokens remove alice
`;

interface Options {
  readonly secret?: string;
  readonly json?: boolean;
}

interface AddOptions extends Options {
  readonly role: NamedToken['role'];
  readonly service?: string;
  readonly expiresInDays?: number;
  readonly out?: string;
}

type Row = readonly [name: string, token: NamedToken];

/** Adds `tokens`, which manages the named tokens of a stage. */
export function addTokens(program: Command, io: Io): void {
  const tokens = program
    .command('tokens')
    .summary('list, add and remove named tokens')
    .description(
      'Manages named tokens, which administrators and services use beside the admin token.',
    )
    .addHelpText('after', HELP);
  withSecret(tokens.command('list').description('Lists the tokens, without their values.')).action(
    (options: Options) => list(io, options),
  );
  withSecret(tokens.command('add').description('Makes a token, which is accepted within 60 s.'))
    .argument('<name>', 'name, which the audit trail shows: a-z, 0-9 and -')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--service <id>', 'service that a token of the role service is for')
    .option('--expires-in-days <n>', 'days from now until it expires', wholeNumber)
    .option('--out <file>', 'write the token to this new file instead of showing it')
    .addHelpText('after', HELP)
    .action((name: string, options: AddOptions) => add(io, name, options));
  withSecret(tokens.command('remove').description('Removes a token, which is refused within 60 s.'))
    .argument('<name>', 'name of the token')
    .addHelpText('after', HELP)
    .action((name: string, options: Options) => remove(io, name, options));
}

function withSecret(command: Command): Command {
  return command
    .option('--secret <id>', 'Secrets Manager secret with the tokens (or HOKUSAI_TOKENS_SECRET)')
    .option('--json', 'print JSON');
}

function secretOf({ secret }: Options, { env }: Io): string {
  const id = secret ?? env.HOKUSAI_TOKENS_SECRET;
  if (!id) throw new Exit(EXIT.usage, 'Set HOKUSAI_TOKENS_SECRET, or give --secret.');
  return id;
}

async function list(io: Io, options: Options): Promise<void> {
  const rows = Object.entries(await readTokens(secretOf(options, io)));
  if (options.json) {
    const listed = rows.map(([name, { sha256: _, ...token }]) => ({ name, ...token }));
    return printJson(io, listed);
  }
  if (rows.length === 0) return note(io, 'There are no named tokens.');
  const columns: Column<Row>[] = [
    { title: 'ROLE', width: 8, value: ([, { role }]) => role },
    { title: 'SERVICE', width: 12, value: ([, { service_id }]) => service_id ?? '-' },
    { title: 'EXPIRES', width: 10, value: ([, { expires_at }]) => formatDay(expires_at) },
    {
      title: 'STATE',
      width: 7,
      value: ([, token]) => (isExpired(token, io) ? 'expired' : 'active'),
    },
    { title: 'NAME', width: 12, value: ([name]) => name },
  ];
  const table = createTable(io, columns);
  await print(io, table.head);
  for (const row of rows) await print(io, table.line(row));
}

function isExpired({ expires_at }: NamedToken, io: Io): boolean {
  return expires_at !== undefined && Date.parse(expires_at) <= io.now();
}

async function add(io: Io, name: string, options: AddOptions): Promise<void> {
  const { role, service, expiresInDays, out, json } = options;
  if (!isTokenName(name)) {
    throw new Exit(EXIT.usage, 'A name has 1 to 40 of a-z, 0-9 and -, and is not admin.');
  }
  if ((role === 'service') !== (service !== undefined)) {
    throw new Exit(EXIT.usage, 'The role service needs --service, and no other role takes it.');
  }
  const secretId = secretOf(options, io);
  const token = newToken();
  const expiresAt = expiresInDays && new Date(io.now() + expiresInDays * DAY_MS).toISOString();
  const entry: NamedToken = {
    sha256: hashToken(token),
    role,
    ...(service && { service_id: service }),
    ...(expiresAt && { expires_at: expiresAt }),
  };
  await createSecret(
    io,
    out,
    () => save(secretId, name, entry),
    () => token,
  );
  const { sha256: _, ...shown } = entry;
  const secret = out === undefined ? { token } : {};
  if (json) return printJson(io, { ...secret, name, ...shown });
  const place = out === undefined ? secret : { written_to: out };
  await print(io, formatFields({ ...place, name, ...shown }));
  const once = out === undefined ? 'This is the only time that the token is shown. ' : '';
  await note(io, `${once}It is accepted within 60 s.`);
}

/** @throws Exit if another token has the name */
async function save(secretId: string, name: string, entry: NamedToken): Promise<void> {
  await changeTokens(secretId, (tokens) => {
    const there = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
    // An attempt whose answer was lost.
    if (there?.sha256 === entry.sha256) return undefined;
    if (there) throw new Exit(EXIT.refused, `There is a token ${name}; remove it first.`);
    return { ...tokens, [name]: entry };
  });
}

async function remove(io: Io, name: string, options: Options): Promise<void> {
  await changeTokens(secretOf(options, io), (tokens, attempt) => {
    if (!Object.hasOwn(tokens, name)) {
      // After an attempt whose answer was lost, or after someone else, it is gone as it should be.
      if (attempt > 0) return undefined;
      throw new Exit(EXIT.notFound, 'There is no token of this name.');
    }
    const { [name]: _, ...others } = tokens;
    return others;
  });
  await (options.json ? printJson(io, { removed: name }) : print(io, `${name} is removed.`));
  await note(io, 'It is refused within 60 s.');
}
