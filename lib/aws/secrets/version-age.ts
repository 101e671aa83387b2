import { ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager';
import { secretsManager } from './client.ts';

/**
 * Returns when a secret's current version was made, without reading its value; undefined if Secrets
 * Manager does not say.
 * @throws Unavailable when Secrets Manager gave no answer
 */
export async function currentVersionFrom(secretId: string): Promise<Date | undefined> {
  // Versions without a label are not listed, so the few others fit into one answer.
  const { Versions = [] } = await secretsManager(
    new ListSecretVersionIdsCommand({ SecretId: secretId }),
  );
  return Versions.find(({ VersionStages }) => VersionStages?.includes('AWSCURRENT'))?.CreatedDate;
}
