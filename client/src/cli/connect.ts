import type { Command } from 'commander';
import { type Api, createApi, isKeyId } from '../admin/api.ts';
import { checkToken } from '../admin/call.ts';
import { EXIT, Exit } from './exit.ts';
import type { Io } from './io.ts';
import { readSecret } from './secrets-manager.ts';

export interface ConnectOptions {
  readonly url?: string;
  readonly tokenSecret?: string;
  readonly json?: boolean;
}

/** Adds the options of every command that calls the service. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'base URL of the service, without /api/v1 (or HOKUSAI_AUTH_URL)')
    .option('--token-secret <id>', 'Secrets Manager secret with the token (or HOKUSAI_ADMIN_TOKEN)')
    .option('--json', 'print the JSON of the API');
}

/**
 * Returns the operations of the service that the options or the environment name. The token is not
 * an option: other users of the machine can read arguments.
 * @throws Exit if the address or the token is missing or not usable
 */
export async function connect({ url, tokenSecret }: ConnectOptions, { env }: Io): Promise<Api> {
  const address = url ?? env.HOKUSAI_AUTH_URL;
  if (!address) throw new Exit(EXIT.usage, 'Set HOKUSAI_AUTH_URL, or give --url.');
  const token = tokenSecret ? (await readSecret(tokenSecret)).value : env.HOKUSAI_ADMIN_TOKEN;
  if (!token) throw new Exit(EXIT.usage, 'Set HOKUSAI_ADMIN_TOKEN, or give --token-secret.');
  try {
    return createApi({ url: address, token: checkToken(token) });
  } catch (error) {
    throw new Exit(EXIT.usage, (error as TypeError).message);
  }
}

/** @throws Exit without the value, which may be a key that was given by mistake */
export function requireKeyId(text: string): string {
  if (isKeyId(text)) return text;
  throw new Exit(
    EXIT.usage,
    'A key is named by its key_id, a UUID. To find it: hokusai-auth show --prefix hk_live_AbC',
  );
}
