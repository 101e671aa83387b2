import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { lockDataDir } from '../../infra/local/data-dir.ts';
import { findEmbeddedDynamoDb } from '../../infra/local/dynamodb.ts';
import { listenLocally } from '../../infra/local/listen.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { failToStart, type ServerProcess, START_COMMAND, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

// These servers start their own database; the tests find its processes in /proc.
const runsHere = process.platform === 'linux' && findEmbeddedDynamoDb() !== undefined;
const testHere = runsHere ? test : test.skip;
const OWN = { AWS_ENDPOINT_URL_DYNAMODB: undefined, AWS_ENDPOINT_URL_SECRETS_MANAGER: undefined };
const DATA_DIR = mkdtempSync(join(tmpdir(), 'data-'));

const running: ServerProcess[] = [];
const start = async (env: Record<string, string | undefined> = {}, command?: string[]) => {
  const server = await startServer({ ...OWN, DATA_DIR, ...env }, command);
  running.push(server);
  return server;
};
afterEach(async () => {
  for (const server of running.splice(0)) {
    if (server.child.exitCode === null && server.child.signalCode === null) await server.stop();
  }
});
cleanUp(() => rmSync(DATA_DIR, { recursive: true }));

/** Returns the processes with this text in their command line, without zombies. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

testHere.each(['SIGTERM', 'SIGINT'] as const)(
  'stops cleanly on %s and leaves no child',
  async (signal) => {
    const server = await start({}, START_COMMAND);
    expect(processesWith(DATA_DIR)).not.toEqual([]);
    expect(await server.stop(signal)).toEqual({ code: 0, signal: null });
    expect(processesWith(DATA_DIR)).toEqual([]);
    expect(existsSync(join(DATA_DIR, 'lock'))).toBe(false);
  },
);

testHere(
  'leaves no child after kill -9 and keeps every key, its state and its counters',
  async () => {
    const before = await start();
    const used = await before.create();
    const revoked = await before.create();
    const rotated = await before.create();
    await before.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
    const { body: successor } = await before.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
    for (let i = 0; i < 10; i++) await before.validate(used.api_key);
    const { rate_limit: last } = (await before.validate(used.api_key)).body;
    const { body: keys } = await before.call('GET', '/api/v1/keys');
    expect(await before.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await until(() => processesWith(DATA_DIR).length === 0);

    const after = await start();
    expect((await after.call('GET', '/api/v1/keys')).body).toEqual(keys);
    expect((await after.validate(revoked.api_key)).body.code).toBe('revoked');
    expect((await after.validate(rotated.api_key)).body.code).toBe('revoked');
    expect((await after.validate(successor.api_key)).status).toBe(200);
    const { rate_limit: next } = (await after.validate(used.api_key)).body;
    const sameHour = next.reset_at === last.reset_at;
    expect(next.remaining).toBe(sameHour ? last.remaining - 1 : 999);
  },
);

testHere('shows how to use it, serves the API reference and removes its files', async () => {
  const folder = mkdtempSync(join(DATA_DIR, 'tmp-'));
  const { banner, url, stop } = await start(
    { DATA_DIR: ':memory:', DOCS_FOLDER: undefined, TMPDIR: folder },
    START_COMMAND,
  );
  expect(banner).toContain(`Admin token: ${ADMIN_TOKEN}\n`);
  expect(banner).toContain(`API reference: ${url}/docs\n`);
  expect(banner.match(/^ {2}curl /gm)).toHaveLength(3);
  expect(banner).toContain(
    `  export HOKUSAI_AUTH_URL=${url} HOKUSAI_ADMIN_TOKEN=${ADMIN_TOKEN}\n  npx hokusai-auth create `,
  );
  expect(banner.endsWith(`\nlistening on ${url}\n`)).toBe(true);
  const page = await fetch(`${url}/docs`);
  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ]);
  expect(await page.text()).toContain('<div id="reference">');
  await stop();
  expect(readdirSync(folder).filter((name) => name.startsWith('api-keys-'))).toEqual([]);
});

testHere('has no API reference with DOCS=false', async () => {
  const { banner, url } = await start({ DATA_DIR: ':memory:', DOCS: 'false' });
  expect(banner).not.toContain('API reference');
  expect((await fetch(`${url}/docs`)).status).toBe(404);
});

testHere('generates an admin token that is not given once and keeps it', async () => {
  const dataDir = join(DATA_DIR, 'deep', 'er');
  const tokenOf = async () => {
    const { banner, stop } = await start({ DATA_DIR: dataDir, ADMIN_TOKEN: undefined });
    await stop();
    return /^Admin token: (\S{43})$/m.exec(banner)?.[1];
  };
  const token = await tokenOf();
  expect(token).toBeDefined();
  expect(await tokenOf()).toBe(token);
});

testHere('rejects a data folder that another run uses', async () => {
  const first = await start();
  const { code, said } = await failToStart({ ...OWN, DATA_DIR });
  expect(code).toBe(1);
  expect(said).toBe(
    `The data folder ${DATA_DIR} is in use by process ${first.child.pid}; stop that, or set DATA_DIR to another folder.\n`,
  );
});

testHere('accepts a data folder that another run uses when the database is external', async () => {
  const { AWS_ENDPOINT_URL_DYNAMODB } = await connectDependencies();
  const shared = { AWS_ENDPOINT_URL_DYNAMODB, ADMIN_TOKEN: undefined };
  const dataDir = join(DATA_DIR, 'shared');
  const banners = [
    (await start({ ...shared, DATA_DIR: dataDir })).banner,
    (await start({ ...shared, DATA_DIR: dataDir })).banner,
  ];
  const [one, other] = banners.map((banner) => /^Admin token: (\S+)$/m.exec(banner)?.[1]);
  expect(one).toBeDefined();
  expect(other).toBe(one);
});

testHere.each(['', '0 0', `${process.pid} 1`])(
  'ignores a lock whose process has ended: %j',
  async (lock) => {
    const dataDir = mkdtempSync(join(DATA_DIR, 'locked-'));
    writeFileSync(join(dataDir, 'lock'), lock);
    const unlock = await lockDataDir(dataDir);
    expect(readFileSync(join(dataDir, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    unlock();
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  },
);

testHere('stops although a request never ends', async () => {
  const server = await start({ DATA_DIR: ':memory:' });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('POST /api/v1/keys/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{');
  await server.call('GET', '/health');
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

testHere('ends when its database dies', async () => {
  const dataDir = mkdtempSync(join(DATA_DIR, 'dying-'));
  const server = await start({ DATA_DIR: dataDir });
  const ended = once(server.child, 'exit');
  for (const pid of processesWith(join(dataDir, 'dynamodb.sqlite'))) {
    process.kill(Number(pid), 'SIGKILL');
  }
  expect(await ended).toEqual([1, null]);
});

testHere('rejects a taken port and stops the database that it had started', async () => {
  const server = createServer();
  const { port } = new URL(await listenLocally(server));
  const dataDir = join(DATA_DIR, 'port');
  expect(await failToStart({ ...OWN, PORT: port, DATA_DIR: dataDir })).toEqual({
    code: 1,
    said: `Port ${port} is taken; set PORT to another, or to 0 for any free one.\n`,
  });
  server.close();
  expect(processesWith(dataDir)).toEqual([]);
});
