import { Command } from 'commander';
import { version } from '../../package.json';
import { addAudit } from './commands/audit.ts';
import { addCreate } from './commands/create.ts';
import { addExplain } from './commands/explain.ts';
import { addList } from './commands/list.ts';
import { addPosture } from './commands/posture.ts';
import { addRevoke } from './commands/revoke.ts';
import { addRotate } from './commands/rotate.ts';
import { addShow } from './commands/show.ts';
import { addTokens } from './commands/tokens.ts';
import { addUpdate } from './commands/update.ts';
import { addUsage } from './commands/usage.ts';
import { EXIT_CODES_HELP } from './exit.ts';
import type { Io } from './io.ts';

const HELP = `
Environment:
  HOKUSAI_AUTH_URL       base URL of the service, without /api/v1
  HOKUSAI_ADMIN_TOKEN    token of an administrator, unless --token-secret is given
  HOKUSAI_TOKENS_SECRET  Secrets Manager secret with the named tokens
  NO_COLOR               if set, nothing is colored
${EXIT_CODES_HELP}
Examples:
  hokusai-auth list
  hokusai-auth create backend --service prediction --scope predict --out backend.key
  hokusai-auth rotate --help
`;

/** Makes the command with its subcommands. */
export function createProgram(io: Io): Command {
  const program = new Command('hokusai-auth')
    .description('Administers the API keys of the Hokusai platform.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .showHelpAfterError('See --help for the options and examples.')
    .addHelpText('after', HELP);
  const adders = [
    addCreate,
    addList,
    addShow,
    addUpdate,
    addRotate,
    addRevoke,
    addExplain,
    addAudit,
    addPosture,
    addUsage,
    addTokens,
  ];
  for (const add of adders) add(program, io);
  return program;
}
