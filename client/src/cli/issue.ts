import { AdminError } from '../admin/admin-error.ts';
import type { IssuedKey } from '../wire.ts';
import { AuthUnavailable } from '../errors.ts';
import { EXIT, Exit } from './exit.ts';
import { formatFields } from './format.ts';
import type { Io } from './io.ts';
import { describeKey } from './key.ts';
import { note, print, printJson } from './print.ts';
import { createSecret } from './secret-file.ts';

/**
 * Issues a key and shows it, or writes it to a file.
 * @param recover says what to do if the answer is lost: the key may exist, and nobody has it
 */
export async function issueKey(
  io: Io,
  { out, json }: { readonly out?: string; readonly json?: boolean },
  issue: () => Promise<IssuedKey>,
  recover: string,
): Promise<void> {
  const issueOrExplain = () =>
    issue().catch((error: Error) => {
      throw isOutcomeUnknown(error) ? new Exit(EXIT.failed, `${error.message}. ${recover}`) : error;
    });
  const issued = await createSecret(io, out, issueOrExplain, ({ api_key }) => api_key);
  const { api_key, ...rest } = issued;
  if (json) return printJson(io, out === undefined ? issued : rest);
  const secret = out === undefined ? { api_key } : { written_to: out };
  await print(io, formatFields({ ...secret, ...describeKey(issued.key_info, io.now()) }));
  if (out === undefined) await note(io, 'This is the only time that the key is shown.');
}

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof AuthUnavailable || (error instanceof AdminError && error.status >= 500);
}
