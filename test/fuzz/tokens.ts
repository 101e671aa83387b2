import { createHash, randomBytes } from 'node:crypto';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecrets } from '../../infra/local/provision.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import type { Target } from './target.ts';

/** Creates the secrets of the service, and a named token of each other role. */
export async function createTokens(): Promise<Target['tokens']> {
  const admin = await createSecrets(undefined);
  const [auditor, service] = [0, 0].map(() => `hkt_${randomBytes(32).toString('base64url')}`);
  const entry = (token = '', more: object) => ({
    sha256: createHash('sha256').update(token).digest('hex'),
    ...more,
  });
  const SecretString = JSON.stringify({
    auditor: entry(auditor, { role: 'auditor' }),
    service: entry(service, { role: 'service', service_id: 'prediction' }),
  });
  const client = new SecretsManagerClient();
  const SecretId = requireEnv(VARIABLES.namedTokensSecret);
  await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  client.destroy();
  return { admin, auditor: auditor ?? '', service: service ?? '' };
}
