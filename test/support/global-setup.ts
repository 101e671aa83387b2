import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDocs } from '../../infra/docs-page/build.ts';
import type { Endpoint } from '../../infra/local/dynamodb.ts';
import { readSettings } from '../../infra/local/settings.ts';
import { VARIABLES } from '../../lib/environment.ts';
import { serveDependencies } from './dependencies.ts';
import { buildPrograms } from './programs.ts';
import { RUN_DIR } from './synth.ts';

declare global {
  var dependencies: Endpoint;
}

export default async function setup(): Promise<void> {
  process.env.BCRYPT_ROUNDS = '4';
  const folder = mkdtempSync(join(tmpdir(), 'api-keys-'));
  process.env[RUN_DIR] = folder;
  readSettings();
  process.env[VARIABLES.docsFolder] = join(folder, 'docs');
  await Promise.all([buildDocs(join(folder, 'docs')), buildPrograms(join(folder, 'programs'))]);
  globalThis.dependencies = await serveDependencies();
}
