import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Endpoint, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { CAPTURE_DIR, captureIssued, captureOutput } from './capture-dir.ts';

declare global {
  var endpoints: Endpoint[];
}

/** One embedded DynamoDB and one Secrets Manager stand-in serve the whole suite; each file has its own tables. */
export default async function setup(): Promise<void> {
  const dynamodb = await startDynamoDb(undefined);
  const secrets = await startSecretsManager(undefined);
  globalThis.endpoints = [dynamodb, secrets];
  process.env.AWS_ENDPOINT_URL_DYNAMODB = dynamodb.url;
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secrets.url;
  process.env.BCRYPT_ROUNDS = '4';
  process.env[CAPTURE_DIR] = mkdtempSync(join(tmpdir(), 'api-keys-'));
  captureIssued('');
  captureOutput('');
  readSettings();
}
