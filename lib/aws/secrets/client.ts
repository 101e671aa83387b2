import {
  type $Command,
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-secrets-manager';
import { toUnavailable } from '../errors.ts';

/** Short time-outs: a validation can continue without the pepper, and its caller is waiting. */
const client = new SecretsManagerClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 800, throwOnRequestTimeout: true },
});

export interface SecretVersion {
  readonly version: string;
  readonly value: string;
}

/**
 * Sends one command to Secrets Manager.
 * @throws Unavailable when it gave no answer
 */
export async function secretsManager<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  command: $Command<
    I,
    O,
    SecretsManagerClientResolvedConfig,
    ServiceInputTypes,
    ServiceOutputTypes
  >,
): Promise<O> {
  return client.send(command).catch((error: unknown) => {
    throw toUnavailable(error);
  });
}

/**
 * Reads a secret's current version, or the given one.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function readSecret(secretId: string, versionId?: string): Promise<SecretVersion> {
  const secret = await secretsManager(
    new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
  );
  if (!secret.SecretString || !secret.VersionId) throw new Error(`${secretId} holds no text`);
  return { version: secret.VersionId, value: secret.SecretString };
}
