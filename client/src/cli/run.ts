import { CommanderError } from 'commander';
import { AdminError } from '../admin/admin-error.ts';
import { AuthUnavailable } from '../errors.ts';
import { EXIT, Exit } from './exit.ts';
import type { Io } from './io.ts';
import { note } from './print.ts';
import { createProgram } from './program.ts';

/**
 * Runs a command.
 * @param args the arguments, without the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Has written its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { code, message } = toExit(error);
    if (message) await note(io, `error: ${message}`);
    return code;
  }
}

function toExit(error: unknown): Exit {
  if (error instanceof Exit) return error;
  if (error instanceof AuthUnavailable) return new Exit(EXIT.failed, error.message);
  if (error instanceof AdminError) return new Exit(codeOf(error.status), describe(error));
  throw error;
}

function codeOf(status: number) {
  if (status === 404) return EXIT.notFound;
  if (status === 401 || status === 403 || status === 409) return EXIT.refused;
  return status === 400 ? EXIT.usage : EXIT.failed;
}

function describe({ message, errors, requestId }: AdminError): string {
  // The message of a 400 names five fields at most.
  const lines = errors.map(({ field, message: why }) => `  ${field}: ${why}`);
  const text = lines.length > 1 ? ['The request is not valid:', ...lines].join('\n') : message;
  return requestId ? `${text} (request ${requestId})` : text;
}
