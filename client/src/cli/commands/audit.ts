import { type Command, Option } from 'commander';
import type { Api } from '../../admin/api.ts';
import type { AuditLog, AuditLogQuery, AuditTrail } from '../../wire.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatTime, formatValue } from '../format.ts';
import type { Io } from '../io.ts';
import { note, paint, print, printJson, printJsonArray } from '../print.ts';
import { Progress, withProgress } from '../progress.ts';
import { type Column, createTable } from '../table.ts';
import { harmless } from '../text.ts';

const HELP = `
Examples:
  hokusai-auth audit 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11
  hokusai-auth audit --from 2026-11-22T18:00:00Z --action revoke
`;

type AuditEntry = AuditTrail['entries'][number];

const ENTRY_COLUMNS: Column<AuditEntry>[] = [
  { title: 'TIME (UTC)', width: 19, value: ({ time }) => (time ? formatTime(time) : '-') },
  { title: 'ACTION', width: 10, value: ({ action }) => action ?? '-' },
  { title: 'FROM', width: 15, value: ({ source_ip }) => source_ip ?? '-' },
  { title: 'BY', width: 20, value: ({ actor }) => actor ?? '-' },
];

const TRAIL_COLUMNS: Column<AuditEntry>[] = [
  { title: 'VERSION', width: 7, value: ({ version }) => formatValue(version) },
  ...ENTRY_COLUMNS,
];

const ACTIONS = ['create', 'update', 'rotate', 'revoke'];

interface Options extends ConnectOptions {
  readonly from?: string;
  readonly to?: string;
  readonly action?: AuditLogQuery['action'];
}

/** Adds `audit`, which shows who has changed keys. */
export function addAudit(program: Command, io: Io): void {
  const command = program
    .command('audit')
    .summary('show who has changed a key, or all keys')
    .description(
      'Shows the changes of a key, newest first, and says whether its trail is intact; without a ' +
        'key_id, the changes of all keys.',
    )
    .argument('[key_id]', 'key; all keys if absent')
    .option('--from <time>', 'all keys: not before this ISO 8601 time')
    .option('--to <time>', 'all keys: before this ISO 8601 time')
    .addOption(new Option('--action <action>', 'all keys: only this action').choices(ACTIONS))
    .addHelpText('after', HELP)
    .action(async (keyId: string | undefined, options: Options) => {
      const { from, to, action } = options;
      if (keyId === undefined) {
        const log = (await connect(options, io)).auditLog({ from, to, action });
        return printLog(io, withProgress(io, 'changes', log), options);
      }
      if (from ?? to ?? action) {
        throw new Exit(
          EXIT.usage,
          'A key’s trail is shown whole: --from, --to and --action are for all keys.',
        );
      }
      await printTrail(io, await readTrail(io, await connect(options, io), keyId), options);
    });
  withConnection(command);
}

async function printLog(
  io: Io,
  entries: AsyncIterable<AuditLog['entries'][number]>,
  { json }: Options,
): Promise<void> {
  if (json) return printJsonArray(io, entries);
  const table = createTable(io, ENTRY_COLUMNS);
  let count = 0;
  for await (const entry of entries) {
    if (count++ === 0) await print(io, table.head);
    await print(io, table.line(entry));
    await print(io, `  key_id: ${entry.key_id}`);
    await printChanges(io, entry);
  }
  if (count === 0) await note(io, 'There are no such changes.');
}

/** Reads all pages: each vouches for its own entries, and together they vouch for the trail. */
async function readTrail(io: Io, api: Api, keyId: string): Promise<AuditTrail> {
  const progress = new Progress(io, 'changes');
  let trail: AuditTrail | undefined;
  try {
    for await (const { body } of api.audit(requireKeyId(keyId)).pages()) {
      trail = trail ? append(trail, body) : body;
      progress.show(trail.entries.length, trail.version);
    }
  } finally {
    progress.clear();
  }
  // A listing has a page at least, or throws.
  return trail as AuditTrail;
}

function append(trail: AuditTrail, page: AuditTrail): AuditTrail {
  return {
    ...trail,
    intact: trail.intact && page.intact,
    findings: [...trail.findings, ...page.findings],
    unsealed: trail.unsealed + page.unsealed,
    entries: [...trail.entries, ...page.entries],
  };
}

/** @throws Exit if the trail is not intact */
async function printTrail(io: Io, trail: AuditTrail, { json }: Options): Promise<void> {
  if (json) await printJson(io, trail);
  else {
    const table = createTable(io, TRAIL_COLUMNS);
    await print(io, table.head);
    for (const entry of trail.entries) {
      await print(io, table.line(entry));
      await printChanges(io, entry);
    }
    await print(io, `\n${verdictOf(io, trail)}`);
    for (const { message } of trail.findings) await print(io, `  ${harmless(message)}`);
  }
  if (!trail.intact) throw new Exit(EXIT.findings);
}

async function printChanges(io: Io, { changes, reason, seal }: AuditEntry): Promise<void> {
  for (const { field, old, new: now } of changes) {
    await print(io, harmless(`  ${field}: ${formatValue(old)} → ${formatValue(now)}`));
  }
  if (reason) await print(io, harmless(`  reason: ${reason}`));
  if (seal !== 'valid') await print(io, paint(io, 'yellow', harmless(`  seal: ${seal}`)));
}

function verdictOf(io: Io, { intact, entries, unsealed }: AuditTrail): string {
  const count = `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
  const old = unsealed > 0 ? `, of which ${unsealed} are from before entries were sealed` : '';
  return intact
    ? paint(io, 'green', `The trail is intact: ${count}${old}.`)
    : paint(io, 'red', `The trail is NOT intact: ${count}${old}.`);
}
