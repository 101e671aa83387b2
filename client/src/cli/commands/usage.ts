import type { Command } from 'commander';
import type { Api } from '../../admin/api.ts';
import type { ApiKeyInfo } from '../../wire.ts';
import type { UsageStatistics, UsageTotals } from '../../wire.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatFields } from '../format.ts';
import type { Io } from '../io.ts';
import { note, print, printJson, printJsonArray } from '../print.ts';
import { withProgress } from '../progress.ts';
import { createTable } from '../table.ts';

const HELP = `
Examples:
  hokusai-auth usage 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --period 2026-11
  hokusai-auth usage 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --billing
  hokusai-auth usage --from 2026-11-01 --to 2026-11-30 --service prediction
  hokusai-auth usage --by-key --period 2026-11 --json > usage.json
`;

interface Options extends ConnectOptions {
  readonly period?: string;
  readonly billing?: boolean;
  readonly byKey?: boolean;
  readonly service?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Adds `usage`, which shows usage by key, or by day and service. */
export function addUsage(program: Command, io: Io): void {
  const command = program
    .command('usage')
    .summary('show the usage of a key, or of all keys')
    .description(
      'Shows the usage of a key in a month; without a key_id, of all by day and service.',
    )
    .argument('[key_id]', 'key; all keys if absent')
    .option('--period <month>', 'month, such as 2026-11; the current one if absent')
    .option('--billing', 'the bill of the key for this month')
    .option('--by-key', 'all keys: the month of each key, with a request per key')
    .option('--service <id>', 'all keys: only this service')
    .option('--from <day>', 'all keys: the first day; 29 days before the last if absent')
    .option('--to <day>', 'all keys: the last day; today if absent')
    .addHelpText('after', HELP)
    .action(async (keyId: string | undefined, options: Options) => {
      checkCombination(keyId, options);
      const api = await connect(options, io);
      if (options.byKey) return printByKey(io, api, options);
      const usage = await read(api, keyId, options);
      if (options.json) return printJson(io, usage);
      if ('usage_by_date' in usage) return printTotals(io, usage);
      await print(io, formatFields({ ...usage }));
    });
  withConnection(command);
}

/** @throws Exit if an option has no meaning beside the others */
function checkCombination(keyId: string | undefined, options: Options): void {
  const { billing, byKey, period, from, to, service } = options;
  const forAll = byKey || from || to || service;
  const forKey = billing || (period && !byKey);
  if (keyId === undefined ? forKey : forAll) {
    throw new Exit(EXIT.usage, `An option is ${keyId ? 'not ' : ''}for one key; see usage --help.`);
  }
}

function read(api: Api, keyId: string | undefined, options: Options) {
  const { billing, period, service, from, to } = options;
  if (keyId === undefined) {
    return api.usageTotals({ service_id: service, start_date: from, end_date: to });
  }
  return billing ? api.bill(requireKeyId(keyId)) : api.usage(requireKeyId(keyId), { period });
}

interface Day {
  readonly day: string;
  readonly service: string;
  readonly sums: UsageTotals['usage_by_date'][string][string];
}

async function printTotals(io: Io, { usage_by_date }: UsageTotals): Promise<void> {
  const days: Day[] = Object.entries(usage_by_date).flatMap(([day, services]) =>
    Object.entries(services).map(([service, sums]) => ({ day, service, sums })),
  );
  if (days.length === 0) return note(io, 'There is no usage in this time.');
  const table = createTable<Day>(io, [
    { title: 'DAY', width: 10, value: ({ day }) => day },
    { title: 'REQUESTS', width: 12, value: ({ sums }) => String(sums.requests) },
    { title: 'PREDICTIONS', width: 12, value: ({ sums }) => String(sums.predictions) },
    { title: 'COMPUTE MS', width: 14, value: ({ sums }) => String(sums.compute_ms) },
    { title: 'SERVICE', width: 12, value: ({ service }) => service },
  ]);
  await print(io, table.head);
  for (const day of days) await print(io, table.line(day));
}

async function printByKey(io: Io, api: Api, { period, json, service }: Options): Promise<void> {
  const keys = withProgress(io, 'keys', api.list({ service_id: service, limit: 50 }));
  const used = readEach(api, keys, period);
  if (json) return printJsonArray(io, used);
  const table = createTable<UsageStatistics>(io, [
    { title: 'KEY ID', width: 36, value: ({ key_id }) => key_id },
    { title: 'REQUESTS', width: 12, value: ({ total_requests }) => String(total_requests) },
    {
      title: 'PREDICTIONS',
      width: 12,
      value: ({ total_predictions }) => String(total_predictions),
    },
    { title: 'ERRORS', width: 6, value: ({ error_rate }) => `${(error_rate * 100).toFixed(1)}%` },
  ]);
  await print(io, table.head);
  for await (const one of used) await print(io, table.line(one));
}

async function* readEach(api: Api, keys: AsyncIterable<ApiKeyInfo>, period: string | undefined) {
  for await (const { key_id } of keys) yield await api.usage(key_id, { period });
}
