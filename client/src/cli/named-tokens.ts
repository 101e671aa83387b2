import { hash, randomBytes } from 'node:crypto';
import { EXIT, Exit } from './exit.ts';
import { readSecret, replaceSecret } from './secrets-manager.ts';

const MAX_ATTEMPTS = 5;

export const ROLES = ['admin', 'auditor', 'service'] as const;

/** A token as the secret holds it: the service needs its hash only. */
export interface NamedToken {
  readonly sha256: string;
  readonly role: (typeof ROLES)[number];
  /** The service that a token of the role `service` is for. */
  readonly service_id?: string;
  readonly expires_at?: string;
}

export type NamedTokens = Readonly<Record<string, NamedToken>>;

/** Returns whether a token may have this name. `admin` is the one that is not named. */
export function isTokenName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(name) && name !== 'admin';
}

/** Returns a new token of 256 random bits. */
export function newToken(): string {
  return `hkt_${randomBytes(32).toString('base64url')}`;
}

export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** @throws Exit if the secret can't be read, or holds something else */
export async function readTokens(secretId: string): Promise<NamedTokens> {
  return parse((await readSecret(secretId)).value, secretId);
}

/**
 * Changes the tokens of a secret. If someone else changes them at the same time, the change is made
 * again to what they have written, so neither is lost. It can't be noticed if someone sets the
 * secret in another way than by moving AWSCURRENT from the version that they have read: that
 * replaces this change.
 * @param change returns the new tokens, or undefined if there is nothing to change
 * @throws Exit if the secret can't be read or changed
 */
export async function changeTokens(
  secretId: string,
  change: (tokens: NamedTokens, attempt: number) => NamedTokens | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { value, versionId } = await readSecret(secretId);
    const changed = change(parse(value, secretId), attempt);
    if (!changed) return;
    if (await replaceSecret(secretId, JSON.stringify(changed), versionId)) return;
  }
  throw new Exit(EXIT.failed, `${secretId} is being changed by others; try again.`);
}

/** The messages do not show the value. */
function parse(text: string, secretId: string): NamedTokens {
  try {
    const tokens = JSON.parse(text);
    if (typeof tokens === 'object' && tokens !== null && !Array.isArray(tokens)) return tokens;
  } catch {}
  throw new Exit(EXIT.failed, `${secretId} does not hold named tokens: a JSON object by name.`);
}
