import { createHash } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { createSecrets, createTables } from '../../infra/local/provision.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import type { ApiKey } from '../../lib/domain/key.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { keyNumber, seed, seededItem } from '../bench/keys.ts';
import type { Progress } from '../bench/progress.ts';
import type { Guesses } from './guesses.ts';

const [USED, READ, REVOKED] = [0, 1, 2];
/** The number of the first key that no request presents before its round. */
export const FIRST_UNREAD = 3;

/** What an attacker tries to guess. */
export interface Targets {
  /** A key that was validated. */
  readonly used: ApiKey;
  /** A key of which only wrong secrets were presented. */
  readonly read: ApiKey;
  /** A key that was validated after its revocation. */
  readonly revoked: ApiKey;
  readonly adminToken: string;
  readonly namedToken: string;
}

/**
 * Starts a database and a Secrets Manager, fills them, calls `work`, and stops them.
 * @param unread number of keys besides the targets
 */
export async function withTargets<T>(
  unread: number,
  guesses: Guesses,
  progress: Progress,
  work: (targets: Targets) => Promise<T>,
): Promise<T> {
  const database = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = database.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;
  try {
    readSettings();
    await createTables();
    const adminToken = await createSecrets(guesses.token());
    const namedToken = `hkt_${guesses.token()}`;
    await putNamedToken(namedToken);
    await putKeys(unread, progress);
    const [used, read, revoked] = [keyNumber(USED), keyNumber(READ), keyNumber(REVOKED)];
    return await work({ used, read, revoked, adminToken, namedToken });
  } finally {
    await database.stop();
    await secrets.stop();
  }
}

async function putKeys(unread: number, progress: Progress): Promise<void> {
  // Imported only now, because the module creates its client when it is loaded.
  const { currentPepper } = await import('../../lib/aws/secrets/pepper.ts');
  const pepper = await currentPepper(new Date());
  const TableName = requireEnv(VARIABLES.keysTable);
  await seed(TableName, FIRST_UNREAD + unread, pepper, progress);
  const client = new DynamoDBClient();
  const Item = seededItem(REVOKED, pepper, { revoked_at: new Date().toISOString() });
  await client.send(new PutItemCommand({ TableName, Item }));
  client.destroy();
}

async function putNamedToken(token: string): Promise<void> {
  const sha256 = createHash('sha256').update(token).digest('hex');
  const client = new SecretsManagerClient();
  await client.send(
    new PutSecretValueCommand({
      SecretId: requireEnv(VARIABLES.namedTokensSecret),
      SecretString: JSON.stringify({ target: { sha256, role: 'auditor' } }),
    }),
  );
  client.destroy();
}
