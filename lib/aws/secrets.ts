import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { withoutAnswer } from './answer.ts';

/** Short, as a validation has a way to go on without the pepper and its caller is waiting. */
const client = new SecretsManagerClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 800, throwOnRequestTimeout: true },
});

export interface SecretVersion {
  readonly version: string;
  readonly value: string;
}

/**
 * Reads a secret's current version, or the one named.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function readSecret(secretId: string, versionId?: string): Promise<SecretVersion> {
  const secret = await client
    .send(new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }))
    .catch((error: unknown) => {
      throw withoutAnswer(error);
    });
  if (!secret.SecretString || !secret.VersionId) throw new Error(`${secretId} holds no text`);
  return { version: secret.VersionId, value: secret.SecretString };
}
