import type { Command } from 'commander';
import { type Api, createApi, isKeyId } from '../admin/api.ts';
import { checkToken } from '../admin/call.ts';
import { EXIT, Exit } from './exit.ts';
import type { Io } from './io.ts';
import { note } from './print.ts';
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

/** The loopback hosts, as `URL` writes them (RFC 6761, section 6.3; RFC 6890). */
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/**
 * Returns the operations of the service that the options or the environment name. The token is not
 * an option: other users of the machine can read arguments.
 * @throws Exit if the address or the token is missing or not usable
 */
export async function connect({ url, tokenSecret }: ConnectOptions, io: Io): Promise<Api> {
  const { env } = io;
  const address = url ?? env.HOKUSAI_AUTH_URL;
  if (!address) throw new Exit(EXIT.usage, 'Set HOKUSAI_AUTH_URL, or give --url.');
  const token = tokenSecret ? (await readSecret(tokenSecret)).value : env.HOKUSAI_ADMIN_TOKEN;
  if (!token) throw new Exit(EXIT.usage, 'Set HOKUSAI_ADMIN_TOKEN, or give --token-secret.');
  const api = createApiOrExit(address, token);
  const { protocol, hostname, origin } = new URL(address);
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) {
    await note(io, `warning: ${origin} is not https, so others can read the token.`);
  }
  return api;
}

/** @throws Exit if the address or the token is not usable */
function createApiOrExit(url: string, token: string): Api {
  try {
    return createApi({ url, token: checkToken(token) });
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
