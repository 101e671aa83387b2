import { randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { EXIT, Exit } from './exit.ts';

/** Marks the version that is about to become current. */
const NEXT = 'HOKUSAI_NEXT';

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

export interface SecretVersion {
  readonly value: string;
  readonly versionId: string;
}

/**
 * Reads the current version of a secret.
 * @throws Exit if it can't be read
 */
export function readSecret(secretId: string): Promise<SecretVersion> {
  return withClient(secretId, async (client, { GetSecretValueCommand }) => {
    const { SecretString: value = '', VersionId: versionId = '' } = await client.send(
      new GetSecretValueCommand({ SecretId: secretId }),
    );
    return { value, versionId };
  });
}

/**
 * Replaces the value of a secret if its current version is still the expected one. `PutSecretValue`
 * has no condition, but `UpdateSecretVersionStage` moves AWSCURRENT only away from the version that
 * it is on, so the new version is stored beside the current one first.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 * @returns false if another version is current; this is also so if the answer to a change was lost
 * and the SDK has repeated it, so the caller reads the secret again
 * @throws Exit if Secrets Manager refuses or does not answer
 */
export function replaceSecret(secretId: string, value: string, expected: string): Promise<boolean> {
  return withClient(secretId, async (client, sdk) => {
    const VersionId = randomUUID();
    await client.send(
      new sdk.PutSecretValueCommand({
        SecretId: secretId,
        SecretString: value,
        ClientRequestToken: VersionId,
        VersionStages: [NEXT],
      }),
    );
    try {
      await client.send(
        new sdk.UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: VersionId,
          RemoveFromVersionId: expected,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof sdk.InvalidParameterException) return false;
      throw error;
    }
  });
}

/** The SDK is large and most commands do without it, so it is loaded on demand. */
async function withClient<T>(
  secretId: string,
  use: (client: SecretsManagerClient, sdk: Sdk) => Promise<T>,
): Promise<T> {
  const sdk = await import('@aws-sdk/client-secrets-manager').catch(() => {
    throw new Exit(
      EXIT.usage,
      'Secrets Manager needs the AWS SDK: npm install @aws-sdk/client-secrets-manager',
    );
  });
  const client = new sdk.SecretsManagerClient({
    requestHandler: {
      connectionTimeout: 2000,
      requestTimeout: 5000,
      throwOnRequestTimeout: true,
    },
  });
  try {
    return await use(client, sdk);
  } catch (error) {
    throw toExit(error as Error, secretId);
  } finally {
    client.destroy();
  }
}

function toExit({ name, message }: Error, secretId: string): Exit {
  const text = `Secrets Manager, ${secretId}: ${message || name}`;
  if (name === 'ResourceNotFoundException') return new Exit(EXIT.notFound, text);
  return new Exit(name === 'AccessDeniedException' ? EXIT.refused : EXIT.failed, text);
}
