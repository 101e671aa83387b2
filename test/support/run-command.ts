import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { captureOutput } from './captured.ts';
import { cleanUp } from './clean-up.ts';

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
  readonly complained: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Is called when the command has started. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs Node.js with arguments in a process of its own, as an operator does, until it ends. */
export async function runCommand(
  args: readonly string[],
  // Named, because jest's own process.env is not the one that a child inherits.
  { cwd, env = process.env, started }: CommandOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUp(() => child.kill('SIGKILL'));
  started?.(child);
  const [said, complained, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  captureOutput('log line', said + complained);
  return { code, signal, said, complained };
}
