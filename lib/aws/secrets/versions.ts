import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { secretsManager } from './client.ts';

/** The versions of a secret by staging label: the one in use, and the one a rotation prepares. */
export interface Labels {
  readonly AWSCURRENT?: string;
  readonly AWSPENDING?: string;
}

/** Reads the staging labels of a secret. */
export async function readLabels(secretId: string): Promise<Labels> {
  const { VersionIdsToStages = {} } = await secretsManager(
    new DescribeSecretCommand({ SecretId: secretId }),
  );
  return Object.fromEntries(
    Object.entries(VersionIdsToStages).flatMap(([version, labels]) =>
      labels.map((label) => [label, version]),
    ),
  );
}

/** Sets the value of the pending version, unless an earlier attempt has set it. */
export async function putPending(secretId: string, version: string, value: string): Promise<void> {
  const put = secretsManager(
    new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: version,
      SecretString: value,
      VersionStages: ['AWSPENDING'],
    }),
  );
  await put.catch((error: unknown) => {
    if (!(error instanceof ResourceExistsException)) throw error;
  });
}

/** Moves AWSCURRENT from one version to another in one step; the former becomes AWSPREVIOUS. */
export async function makeCurrent(secretId: string, version: string, former?: string) {
  const move = secretsManager(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: version,
      RemoveFromVersionId: former,
    }),
  );
  await move.catch(async (error: unknown) => {
    // A retry after a lost answer is refused, because the former version has lost the label.
    if ((await readLabels(secretId)).AWSCURRENT !== version) throw error;
  });
}
