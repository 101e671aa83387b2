import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { checkExchange } from '../support/contract/check.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { codeBlocks } from '../support/markdown.ts';
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

/** Runs the curl commands of a document as one script; returns each with the status it got. */
async function run(file: string): Promise<string[]> {
  const commands = codeBlocks(file, 'sh').filter((block) => /curl -s|^URL=/m.test(block));
  const script = commands
    .join('')
    .replaceAll('http://127.0.0.1:3000', server.url)
    .replaceAll('<admin token>', ADMIN_TOKEN);
  const ANSWERS = join(folder, 'answers');
  rmSync(ANSWERS, { force: true });
  const shim = `curl() { '${process.execPath}' test/support/curl.mjs "$@"; }`;
  const env = { ...process.env, ANSWERS };
  await promisify(execFile)('sh', ['-euc', `${shim}\n${script}`], { env });
  return readFileSync(ANSWERS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const exchange = JSON.parse(line);
      const body = JSON.parse(exchange.body);
      checkExchange({ ...exchange, body });
      if (body.api_key) captureIssued(body.api_key);
      const { method, target, status } = exchange;
      return `${method} ${target.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, '{key_id}')} ${status}`;
    });
}

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
