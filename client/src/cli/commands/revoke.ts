import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import type { Io } from '../io.ts';
import { factsOf } from '../key.ts';
import { print, printJson } from '../print.ts';

const HELP = `
Examples:
  hokusai-auth revoke 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11
  hokusai-auth revoke 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --yes --reason "leaked in a log"
`;

interface Options extends ConnectOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Adds `revoke`, which ends a key. */
export function addRevoke(program: Command, io: Io): void {
  const command = program
    .command('revoke')
    .summary('end a key')
    .description('Revokes a key permanently and at once. Asks first. Safe to repeat.')
    .argument('<key_id>', 'key to revoke')
    .option('--reason <text>', 'kept in the audit trail')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action(async (given: string, options: Options) => {
      const keyId = requireKeyId(given);
      const { reason, yes, json } = options;
      const api = await connect(options, io);
      if (!yes)
        await confirm(io, 'Revoke this key? It can’t be undone.', factsOf(await api.get(keyId)));
      const revoked = await api.revoke(keyId, { reason });
      await (json ? printJson(io, revoked) : print(io, `${keyId} is revoked.`));
    });
  withConnection(command);
}
