import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { cleanUp } from '../support/clean-up.ts';

const run = promisify(execFile);

/** A folder that has the package and nothing else. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hokusai-auth-'));
  cleanUp(() => rm(folder, { recursive: true }));
  // npm builds the package before it packs it.
  const { stdout } = await run('npm', ['pack', './client', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--offline', '--no-audit', `./${filename}`], { cwd: folder });
}, 60_000);

/** Runs a script that uses the package, and returns its output. */
async function runScript(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  const { stdout } = await run(process.execPath, [name], { cwd: folder });
  return stdout;
}

const USE = `
const auth = createAuth({ url: 'http://127.0.0.1:9', serviceId: 'prediction' });
auth.validate({ key: 'a key' }).then(({ code }) => console.log(code));
auth.validate({ key: 'key' }).catch((error) => console.log(error instanceof AuthUnavailable));
`;

test.each([
  ['an ES module', 'use.mjs', "import { AuthUnavailable, createAuth } from 'hokusai-auth';"],
  ['CommonJS', 'use.cjs', "const { AuthUnavailable, createAuth } = require('hokusai-auth');"],
])('runs in %s, without other packages', async (_, name, load) => {
  expect(await runScript(name, load + USE)).toBe('invalid_key\ntrue\n');
});

const TYPED = `
import { type ApiKey, AuthUnavailable, createAuth, type Validation } from 'hokusai-auth';

const auth = createAuth({
  url: 'https://auth.example.com',
  serviceId: 'prediction',
  onValidate: ({ outcome, attributes }) => console.log(outcome, attributes['hokusai.auth.local']),
});

async function use(key: string): Promise<string | number> {
  const validation: Validation = await auth.validate({ key, scope: 'predict' });
  if (!validation.valid) return validation.retryAfter ?? validation.code;
  const apiKey: ApiKey = validation;
  // @ts-expect-error
  apiKey.scopes.push('train');
  auth.report({ key, keyId: apiKey.keyId, endpoint: '/', statusCode: 200, responseTimeMs: 1 });
  // @ts-expect-error
  auth.report({ key, keyId: apiKey.keyId, endpoint: '/', statusCode: 200 });
  const debit = await auth.debit({ key, keyId: apiKey.keyId, endpoint: '/', predictionsCount: 1 });
  return debit.debited ? (debit.remaining ?? apiKey.rateLimit.resetAt) : debit.code;
}

use('key').catch((error: unknown) => error instanceof AuthUnavailable && error.status);
`;

test('has types for ES modules and for CommonJS', async () => {
  const files = ['consumer.mts', 'consumer.cts'];
  for (const name of files) await writeFile(join(folder, name), TYPED);
  const root = process.cwd();
  const settings = {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error);
  expect(stdout).toBe('');
});
