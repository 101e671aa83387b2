import { readKey } from '../lib/aws/dynamodb/keys.ts';
import { readSecret } from '../lib/aws/secrets/client.ts';
import { requireEnv, VARIABLES } from '../lib/environment.ts';
import { route } from '../lib/http/route.ts';
import { logger } from '../lib/runtime/log.ts';

/** `GET /ready`: says whether DynamoDB and Secrets Manager answer a read. */
export const handler = route('GET /ready', {}, async () => {
  const [database, secrets] = await Promise.all([
    succeeds(readKey('ready')),
    succeeds(readSecret(requireEnv(VARIABLES.adminTokenSecret))),
  ]);
  const checks = { database, secrets };
  return database && secrets
    ? { status: 200, body: { status: 'ready', checks } }
    : { status: 503, body: { status: 'not ready', checks } };
});

async function succeeds(check: Promise<unknown>): Promise<boolean> {
  try {
    await check;
    return true;
  } catch (error) {
    logger.error('not ready', { error: error as Error });
    return false;
  }
}
