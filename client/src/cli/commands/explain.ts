import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { ExplainRequest, Explanation } from '../../wire.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatFields } from '../format.ts';
import type { Io } from '../io.ts';
import { factsOf } from '../key.ts';
import { ENVIRONMENTS } from '../options.ts';
import { print, printJson } from '../print.ts';
import { createTable } from '../table.ts';

const HELP = `
Examples:
  hokusai-auth explain 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --scope predict --ip 203.0.113.10
  hokusai-auth explain --key-file customer.key --service prediction
  pbpaste | hokusai-auth explain --key-file -
`;

type Limits = NonNullable<Explanation['limits']>;

interface Options extends ConnectOptions {
  readonly keyFile?: string;
  readonly service?: string;
  readonly scope?: string;
  readonly ip?: string;
  readonly environment?: string;
}

/** Adds `explain`, which says why a key is accepted or refused. */
export function addExplain(program: Command, io: Io): void {
  const command = program
    .command('explain')
    .summary('say why a key is accepted or refused')
    .description(
      'Says how each check of a validation ends. It counts nothing. A whole key is read from a ' +
        'file or from standard input, because other users of the machine can read arguments.',
    )
    .argument('[key_id]', 'key to check')
    .option('--key-file <file>', 'file with the whole key; - is standard input')
    .option('--service <id>', 'service that validates the key')
    .option('--scope <scope>', 'scope that the request needs')
    .option('--ip <address>', 'address of the client')
    .addOption(
      new Option('--environment <name>', 'environment of the service').choices(ENVIRONMENTS),
    )
    .addHelpText('after', HELP)
    .action(async (keyId: string | undefined, options: Options) => {
      const request: ExplainRequest = {
        ...(await subjectOf(keyId, options, io)),
        service_id: options.service,
        required_scope: options.scope,
        client_ip: options.ip,
        environment: options.environment,
      };
      const api = await connect(options, io);
      const explanation = await api.explain(request);
      await (options.json ? printJson(io, explanation) : printExplanation(io, explanation));
    });
  withConnection(command);
}

async function subjectOf(
  keyId: string | undefined,
  { keyFile }: Options,
  io: Io,
): Promise<ExplainRequest> {
  if ((keyId === undefined) === (keyFile === undefined)) {
    throw new Exit(EXIT.usage, 'Give either a key_id or --key-file.');
  }
  if (keyId !== undefined) return { key_id: requireKeyId(keyId) };
  return { api_key: (await readKey(keyFile as string, io)).trim() };
}

async function readKey(file: string, { stdin }: Io): Promise<string> {
  try {
    return file === '-' ? await text(stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Exit(EXIT.usage, `${file} can't be read (${code}).`);
  }
}

async function printExplanation(io: Io, explanation: Explanation): Promise<void> {
  const { verdict, checks, key, limits, clock } = explanation;
  const refusal = `refused with ${verdict.status} ${verdict.code ?? ''}: ${verdict.error ?? ''}`;
  await print(io, formatFields({ answer: verdict.is_valid ? 'accepted' : refusal, clock }));
  if (key) await print(io, `key_id: ${key.key_id}\n${factsOf(key)}`);
  const table = createTable<Explanation['checks'][number]>(io, [
    { title: 'CHECK', width: 16, value: ({ check }) => check },
    { title: 'RESULT', width: 11, value: ({ result }) => result.replace('_', ' ') },
    { title: 'REASON', width: 30, value: ({ reason }) => reason },
  ]);
  await print(io, `\n${table.head}`);
  for (const check of checks) await print(io, table.line(check));
  if (!limits) return;
  const { hour, month, counted_on } = limits;
  const windows = { hour: usedOf(hour), month: usedOf(month), counted_on };
  await print(io, `\n${formatFields(windows)}`);
}

function usedOf({ used, limit, remaining, ends_at }: Limits['hour' | 'month']): string {
  return limit === null
    ? `${used} used, no limit`
    : `${used} of ${limit} used, ${remaining} left until ${ends_at}`;
}
