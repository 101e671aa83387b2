import { createHash, randomBytes } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from './captured.ts';

/** Replaces the value of a secret without the service. */
export async function putSecret(variable: string, value: string): Promise<void> {
  captureIssued(value);
  await put(variable, value);
}

/**
 * Replaces the named tokens, or their whole text, without the service.
 * @returns the version of the secret
 */
export function putNamedTokens(tokens: object | string): Promise<string> {
  const text = typeof tokens === 'string' ? tokens : JSON.stringify(tokens);
  return put(VARIABLES.namedTokensSecret, text);
}

async function put(variable: string, SecretString: string): Promise<string> {
  const client = new SecretsManagerClient();
  const { VersionId = '' } = await client.send(
    new PutSecretValueCommand({ SecretId: requireEnv(variable), SecretString }),
  );
  client.destroy();
  return VersionId;
}

/** Makes a named token. */
export function newToken(): string {
  const token = `hkt_${randomBytes(32).toString('base64url')}`;
  captureIssued(token);
  return token;
}

/** Returns the digest of a token as the secret of named tokens holds it. */
export function sha256Of(token: string): string {
  const sha256 = createHash('sha256').update(token).digest('hex');
  captureIssued(sha256);
  return sha256;
}

/** Reads the admin token that is in use. */
export async function currentAdminToken(): Promise<string> {
  const client = new SecretsManagerClient();
  const SecretId = requireEnv(VARIABLES.adminTokenSecret);
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString;
}
