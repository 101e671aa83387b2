import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { listenLocally } from '../../infra/local/listen.ts';
import { cleanUp } from '../support/clean-up.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { runCommand } from '../support/run-command.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

interface Outcome {
  readonly code: number | null;
  readonly said: string;
}

/** Long enough to wait for the next hour, as the command does at the end of one. */
const TIMEOUT_MS = 90_000;

let server: ServerProcess;
let runs: Record<'whole' | 'broken' | 'interrupted' | 'unauthorized', Promise<Outcome>>;

beforeAll(async () => {
  await connectDependencies();
  server = await startServer({});
  const broken = await breakRevocations(server.url);
  // At the same time, because each of them mostly waits.
  runs = {
    whole: conform({}, '--url', server.url),
    broken: conform({}, '--url', broken, '--only', 'validate'),
    interrupted: conform({ interrupt: true }, '--url', `${server.url}/`, '--only', 'validate'),
    unauthorized: conform({ token: 'a-wrong-token' }, '--url', server.url),
  };
});

/** Runs the command as an operator does. */
async function conform(
  { token = ADMIN_TOKEN, interrupt = false }: { token?: string; interrupt?: boolean },
  ...args: string[]
): Promise<Outcome> {
  const command = ['--import', 'tsx', 'test/conformance/main.ts', ...args];
  const { code, said, complained } = await runCommand(command, {
    env: { ...process.env, ADMIN_TOKEN: token },
    started: (child) => {
      if (interrupt) child.stdout?.once('data', () => child.kill('SIGINT'));
    },
  });
  return { code, said: said + complained };
}

/** Starts a proxy before a service that answers with 403 to a revoked key, and returns its URL. */
async function breakRevocations(target: string): Promise<string> {
  const proxy = createServer(async (incoming, outgoing) => {
    const { method, url = '/', headers } = incoming;
    const onward = request(new URL(url, target), { method, headers }, async (answer) => {
      const body = await text(answer);
      const status = body.includes('"code":"revoked"') ? 403 : answer.statusCode;
      outgoing.writeHead(status ?? 502, answer.headers).end(body);
    });
    incoming.pipe(onward);
  });
  cleanUp(() => proxy.close());
  return await listenLocally(proxy);
}

/** Returns the names of the active keys of a run. */
async function activeKeys({ said }: Outcome): Promise<string[]> {
  const prefix = /conformance-[0-9a-f]{12}/.exec(said)?.[0] ?? 'none';
  const { body } = await server.call('GET', '/api/v1/keys?active_only=true');
  return body
    .map(({ name }: { name: string }) => name)
    .filter((name: string) => name.includes(prefix));
}

test(
  'every case passes against the service',
  async () => {
    const outcome = await runs.whole;
    expect(outcome.said).toMatch(/^(\d+) of \1 cases passed in \d+ s\.$/m);
    expect(outcome.said).not.toContain('FAIL');
    expect(outcome.code).toBe(0);
    expect(await activeKeys(outcome)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'names the case that fails against a service that breaks the contract, and what came',
  async () => {
    const outcome = await runs.broken;
    expect(outcome.said.match(/^FAIL .*$/gm)).toEqual(['FAIL  validate-refuses-a-revoked-key']);
    expect(outcome.said).toMatch(/^ +expected {2}\$statusCode == 401$/m);
    expect(outcome.said).toMatch(/^ +came {6}403 \{"is_valid":false,/m);
    expect(outcome.code).toBe(1);
    expect(await activeKeys(outcome)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'revokes its keys when it is interrupted',
  async () => {
    const outcome = await runs.interrupted;
    expect(outcome.said).toMatch(/^Interrupted\.$/m);
    expect(outcome.said).toMatch(/^\d+ keys of this run were still active and are revoked\.$/m);
    expect(outcome.code).toBe(130);
    expect(await activeKeys(outcome)).toEqual([]);
  },
  TIMEOUT_MS,
);

test('says that the admin token is wrong', async () => {
  expect(await runs.unauthorized).toEqual({
    code: 2,
    said: 'No key could be issued: the deployment does not accept the admin token (401)\n',
  });
});
