import type { Command } from 'commander';
import type { Posture } from '../../wire.ts';
import { type ConnectOptions, connect, withConnection } from '../connect.ts';
import { EXIT, Exit } from '../exit.ts';
import { formatTime } from '../format.ts';
import type { Io } from '../io.ts';
import { type Color, paint, print, printJson } from '../print.ts';
import { fitTo, harmless } from '../text.ts';

const HELP = `
Examples:
  hokusai-auth posture
  hokusai-auth posture --check && echo "no problems"
`;

type Check = Posture['checks'][number];

const COLORS: Record<Check['status'], Color> = {
  ok: 'green',
  attention: 'yellow',
  problem: 'red',
};

interface Options extends ConnectOptions {
  readonly check?: boolean;
}

/** Adds `posture`, which shows how the stage stands. */
export function addPosture(program: Command, io: Io): void {
  const command = program
    .command('posture')
    .summary('show how the stage stands on the security checklist')
    .description('Shows each item of the security checklist, with the first keys concerned.')
    .option('--check', 'exit with 5 if an item is a problem')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const posture = await (await connect(options, io)).posture();
      await (options.json ? printJson(io, posture) : printPosture(io, posture));
      const isProblem = posture.checks.some(({ status }) => status === 'problem');
      if (options.check && isProblem) throw new Exit(EXIT.findings);
    });
  withConnection(command);
}

async function printPosture(io: Io, { stage, as_of, keys, checks }: Posture): Promise<void> {
  const age = as_of
    ? `${keys} keys in use as of ${formatTime(as_of)} UTC`
    : 'before its first daily check';
  await print(io, harmless(`Stage ${stage}, ${age}`));
  for (const check of checks) await printCheck(io, check);
}

async function printCheck(io: Io, check: Check): Promise<void> {
  const { status, message, keys } = check;
  await print(io, `\n${paint(io, COLORS[status], fitTo(status, 9))}  ${harmless(check.check)}`);
  await print(io, harmless(`  ${message}`));
  for (const { key_id, key_prefix, name } of keys) {
    await print(io, harmless(`    ${key_id}  ${fitTo(key_prefix, 14)}  ${name}`));
  }
  const finding = check.more && new URL(check.more, 'http://service').searchParams.get('finding');
  if (finding) await print(io, harmless(`    more: hokusai-auth list --all --finding ${finding}`));
}
