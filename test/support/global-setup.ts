import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoint } from '../../infra/local/dynamodb.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { serveDependencies } from './dependencies.ts';
import { RUN_DIR } from './synth.ts';

declare global {
  var dependencies: Endpoint;
}

export default async function setup(): Promise<void> {
  process.env.BCRYPT_ROUNDS = '4';
  process.env[RUN_DIR] = mkdtempSync(join(tmpdir(), 'api-keys-'));
  readSettings();
  globalThis.dependencies = await serveDependencies();
}
