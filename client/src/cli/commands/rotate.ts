import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import { type ConnectOptions, connect, requireKeyId, withConnection } from '../connect.ts';
import type { Io } from '../io.ts';
import { issueKey } from '../issue.ts';
import { factsOf } from '../key.ts';
import { minutes } from '../options.ts';

const HELP = `
Examples:
  hokusai-auth rotate 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --grace 24h --out backend.key
  hokusai-auth rotate 5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11 --yes --reason "leaked in a log"
`;

interface Options extends ConnectOptions {
  readonly grace: number;
  readonly reason?: string;
  readonly out?: string;
  readonly yes?: boolean;
}

/** Adds `rotate`, which replaces a key by a new one. */
export function addRotate(program: Command, io: Io): void {
  const command = program
    .command('rotate')
    .summary('replace a key by a new one')
    .description(
      'Replaces a key by a new one of the same configuration. The old key works until the end of ' +
        'the grace period; without one it is revoked at once, which is asked for first.',
    )
    .argument('<key_id>', 'key to replace')
    .option('--grace <time>', 'how long the old key works: minutes, or 90m, 24h, 7d', minutes, 0)
    .option('--reason <text>', 'kept in the audit trail')
    .option('--out <file>', 'write the new key to this new file instead of showing it')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action(async (given: string, options: Options) => {
      const keyId = requireKeyId(given);
      const { grace, reason, yes } = options;
      const api = await connect(options, io);
      if (grace === 0 && !yes) {
        const question = 'Rotate this key without a grace period? The old one is revoked at once.';
        await confirm(io, question, factsOf(await api.get(keyId)));
      }
      await issueKey(
        io,
        options,
        () => api.rotate(keyId, { grace_period_minutes: grace, reason }),
        'The key may have been rotated: show it, and if it has rotated_to, rotate that key.',
      );
    });
  withConnection(command);
}
