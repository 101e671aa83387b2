import { createInterface } from 'node:readline';
import { EXIT, Exit } from './exit.ts';
import type { Io } from './io.ts';
import { note } from './print.ts';

/**
 * Asks before what can't be undone.
 * @param facts what is about to change
 * @throws Exit if the answer is not yes, or if nobody can be asked
 */
export async function confirm(io: Io, question: string, facts: string): Promise<void> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new Exit(EXIT.refused, 'There is no terminal to confirm it at; give --yes to go on.');
  }
  await note(io, `${question}\n${facts}`);
  const answer = await ask(io, 'Type y to go on: ');
  if (!/^y(es)?$/i.test(answer.trim())) throw new Exit(EXIT.refused, 'Nothing was changed.');
}

/** Returns the line that is typed; the end of the input and Ctrl-C are an empty one. */
function ask({ stdin, stderr }: Io, prompt: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(''));
    lines.question(prompt, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
