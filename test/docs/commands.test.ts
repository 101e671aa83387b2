import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { checkExchange } from '../support/contract/check.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { codeBlocks, outputBlocks } from '../support/markdown.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'docs-'));
let server: ServerProcess;
beforeAll(async () => {
  await connectDependencies();
  server = await startServer({});
});
cleanUp(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Runs commands of a document as one script, in a folder; returns the requests that curl made. */
async function runScript(commands: string) {
  const script = commands
    .replaceAll('http://127.0.0.1:3000', server.url)
    .replaceAll('<admin token>', ADMIN_TOKEN)
    .replaceAll('<Secrets Manager>', requireEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER'))
    .replaceAll('hokusai/named-tokens', requireEnv(VARIABLES.namedTokensSecret));
  const ANSWERS = join(folder, 'answers');
  rmSync(ANSWERS, { force: true });
  const node = `'${process.execPath}'`;
  const shims = `curl() { ${node} '${resolve('test/support/curl.mjs')}' "$@"; }
npx() { [ "$1" = hokusai-auth ] && shift && ${node} ./hokusai-auth.cjs "$@"; }`;
  const env = { ...process.env, ANSWERS };
  await promisify(execFile)('sh', ['-euc', `${shims}\n${script}`], { env, cwd: folder });
  return readFileSync(ANSWERS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const exchange = JSON.parse(line);
      const body = JSON.parse(exchange.body);
      checkExchange({ ...exchange, body });
      if (body.api_key) captureIssued(body.api_key);
      return exchange;
    });
}

/** Runs the curl commands of a document as one script; returns each with the status it got. */
async function run(file: string): Promise<string[]> {
  const commands = codeBlocks(file, 'sh').filter((block) => /curl -s|^URL=/m.test(block));
  const exchanges = await runScript(commands.join(''));
  return exchanges.map(
    ({ method, target, status }) =>
      `${method} ${target.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, '{key_id}')} ${status}`,
  );
}

/** Builds the command for administrators, with the packages that it does not contain beside it. */
async function buildCommand(): Promise<void> {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  await build({
    entryPoints: ['client/src/cli/main.ts'],
    bundle: true,
    platform: 'node',
    external: ['@aws-sdk/*'],
    outfile: join(folder, 'hokusai-auth.cjs'),
  });
}

/** Replaces what differs between two runs; an id or a prefix that appears again is the same. */
function withPlaceholders(texts: readonly string[]): string[] {
  const seen = new Map<string, string>();
  const number = (found: string) => {
    const name = seen.get(found) ?? `<${seen.size}>`;
    seen.set(found, name);
    return name;
  };
  return texts.map((text) =>
    text
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|hk_live_\w{3}\*\*\*/g, number)
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}Z)?/g, '<time>'),
  );
}

// Runs before the other documents, because it counts the ended keys that are presented.
test('the commands of docs/leaked-key.md print what it shows', async () => {
  await buildCommand();
  // The first such write makes a connection, which may take longer than it is waited for.
  await server.call('GET', '/api/v1/keys', { headers: { authorization: 'Bearer wrong' } });
  const blocks = outputBlocks('docs/leaked-key.md');
  const outputs = blocks.map((_, i) => join(folder, `output-${i}`));
  const commands = blocks.map(({ code }, i) => `exec > '${outputs[i]}' 2>&1\n${code}`);
  // A command that fails does not end the script, so that the comparison shows its message.
  await runScript(`set +e\n${commands.join('')}`);
  for (const file of ['nightly.key', 'new.key', 'auditor.token']) {
    captureIssued(readFileSync(join(folder, file), 'utf8').trim());
  }
  expect(withPlaceholders(outputs.map((file) => readFileSync(file, 'utf8')))).toEqual(
    withPlaceholders(blocks.map(({ output }) => output)),
  );
});

test('the guide in README.md creates, validates, reports, rotates and revokes', async () => {
  expect(await run('README.md')).toEqual([
    'POST /api/v1/keys 201',
    'POST /api/v1/keys/validate 200',
    'POST /api/v1/usage/{key_id} 200',
    'GET /api/v1/usage/{key_id}/stats 200',
    'POST /api/v1/keys/{key_id}/rotate 200',
    'DELETE /api/v1/keys/{key_id} 200',
    'DELETE /api/v1/keys/{key_id} 200',
  ]);
});

test('every command in docs/api.md succeeds', async () => {
  const answered = await run('docs/api.md');
  expect(answered.filter((line) => !/ 20[01]$/.test(line))).toEqual([]);
  expect(answered).toHaveLength(
    codeBlocks('docs/api.md', 'sh').join('').split('curl -s').length - 1,
  );
});
