import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeAll, expect, test } from '@jest/globals';
import { hashToken } from '../../../client/src/cli/named-tokens.ts';
import { DAY_MS } from '../../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../../lib/environment.ts';
import { captureIssued } from '../../support/captured.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { NOW, useService } from '../../support/service.ts';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-'));
cleanUp(() => rmSync(folder, { recursive: true }));

const service = useService();
let secrets: SecretsManagerClient;
beforeAll(() => {
  secrets = new SecretsManagerClient();
  cleanUp(() => secrets.destroy());
});

let count = 0;
/** Makes a secret with a value, and a function that runs `tokens` on it. */
async function secretOf(value: string) {
  const Name = `cli/${process.pid}/${count++}`;
  await secrets.send(new CreateSecretCommand({ Name, SecretString: value }));
  const env = { HOKUSAI_TOKENS_SECRET: Name };
  return {
    name: Name,
    tokens: (...args: string[]) => runCommand('', ['tokens', ...args], { env }),
    put: (text: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: text })),
    stored: async () => {
      const { SecretString = '' } = await secrets.send(
        new GetSecretValueCommand({ SecretId: Name }),
      );
      return JSON.parse(SecretString);
    },
  };
}

test('add shows the token once and stores its hash', async () => {
  const { tokens, stored } = await secretOf('{}');
  const { code, out, err } = await tokens(
    'add',
    'alice',
    '--role',
    'admin',
    '--expires-in-days',
    '90',
  );
  const [token = ''] = /hkt_[A-Za-z0-9_-]{43}/.exec(out) ?? [];
  captureIssued(token);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: `\
token       ${token}
name        alice
role        admin
expires_at  2027-02-21T18:30:00.000Z
`,
    err: 'This is the only time that the token is shown. It is accepted within 60 s.\n',
  });
  expect(await stored()).toEqual({
    alice: { sha256: hashToken(token), role: 'admin', expires_at: '2027-02-21T18:30:00.000Z' },
  });
});

test('add --out writes the token to a file and does not show it', async () => {
  const { tokens, stored } = await secretOf('{}');
  const file = join(folder, 'billing.token');
  const role = ['--role', 'service', '--service', 'prediction'];
  expect(await tokens('add', 'billing', ...role, '--out', file, '--json')).toEqual({
    code: 0,
    out: `${JSON.stringify({ name: 'billing', role: 'service', service_id: 'prediction' }, null, 2)}\n`,
    err: '',
  });
  const token = readFileSync(file, 'utf8').trim();
  captureIssued(token);
  expect(await stored()).toEqual({
    billing: { sha256: hashToken(token), role: 'service', service_id: 'prediction' },
  });
});

const sha256 = '0'.repeat(64);
const TWO = JSON.stringify({
  alice: { sha256, role: 'auditor', expires_at: '2026-11-01T00:00:00.000Z' },
  billing: { sha256, role: 'service', service_id: 'prediction' },
});

test('list shows the tokens without their hashes', async () => {
  const { tokens } = await secretOf(TWO);
  expect(await tokens('list')).toEqual({
    code: 0,
    out: `\
ROLE      SERVICE       EXPIRES     STATE    NAME
auditor   -             2026-11-01  expired  alice
service   prediction    never       active   billing
`,
    err: '',
  });
  expect(JSON.parse((await tokens('list', '--json')).out)).toEqual([
    { name: 'alice', role: 'auditor', expires_at: '2026-11-01T00:00:00.000Z' },
    { name: 'billing', role: 'service', service_id: 'prediction' },
  ]);
  expect((await (await secretOf('{}')).tokens('list')).err).toBe('There are no named tokens.\n');
});

test('remove removes a token and leaves the others', async () => {
  const { tokens, stored } = await secretOf(TWO);
  expect(await tokens('remove', 'alice')).toEqual({
    code: 0,
    out: 'alice is removed.\n',
    err: 'It is refused within 60 s.\n',
  });
  expect(await stored()).toEqual({ billing: JSON.parse(TWO).billing });
  expect(await tokens('remove', 'alice')).toEqual({
    code: 3,
    out: '',
    err: 'error: There is no token of this name.\n',
  });
});

test('changes that are made at the same time are all kept', async () => {
  const { tokens, stored } = await secretOf('{}');
  const names = ['a', 'b', 'c', 'constructor'];
  const added = await Promise.all(
    names.map((name) => tokens('add', name, '--role', 'auditor', '--json')),
  );
  for (const { code, out } of added) {
    expect(code).toBe(0);
    captureIssued(JSON.parse(out).token);
  }
  expect(Object.keys(await stored()).sort()).toEqual(names);
});

test.each([
  [
    'a name that is taken',
    ['add', 'alice', '--role', 'admin'],
    4,
    'There is a token alice; remove it first.',
  ],
  [
    'the name of the admin token',
    ['add', 'admin', '--role', 'admin'],
    2,
    'A name has 1 to 40 of a-z, 0-9 and -, and is not admin.',
  ],
  [
    'a bad name',
    ['add', 'Alice', '--role', 'admin'],
    2,
    'A name has 1 to 40 of a-z, 0-9 and -, and is not admin.',
  ],
  [
    'a service token without a service',
    ['add', 'bob', '--role', 'service'],
    2,
    'The role service needs --service, and no other role takes it.',
  ],
  [
    'a secret that does not exist',
    ['list', '--secret', 'no/such'],
    3,
    "Secrets Manager, no/such: Secrets Manager can't find the secret.",
  ],
])('refuses %s', async (_, args, code, message) => {
  const { tokens, stored } = await secretOf(TWO);
  expect(await tokens(...args)).toEqual({ code, out: '', err: `error: ${message}\n` });
  expect(await stored()).toEqual(JSON.parse(TWO));
});

test.each(['a token', '["a"]', 'null'])(
  'does not replace or show a secret that holds %j',
  async (value) => {
    const { tokens, name } = await secretOf(JSON.stringify(value));
    expect(await tokens('add', 'alice', '--role', 'admin')).toEqual({
      code: 1,
      out: '',
      err: `error: ${name} does not hold named tokens: a JSON object by name.\n`,
    });
  },
);

test('needs the name of the secret', async () => {
  expect(await runCommand('', ['tokens', 'list'])).toEqual({
    code: 2,
    out: '',
    err: 'error: Set HOKUSAI_TOKENS_SECRET, or give --secret.\n',
  });
});

test('the service accepts an added token for its role, until it expires or is removed', async () => {
  const env = { HOKUSAI_TOKENS_SECRET: requireEnv(VARIABLES.namedTokensSecret) };
  const tokens = (...args: string[]) => runCommand('', ['tokens', ...args], { env });
  const add = async (name: string, ...options: string[]) => {
    const { token } = JSON.parse((await tokens('add', name, ...options, '--json')).out);
    captureIssued(token);
    return (...args: string[]) =>
      runCommand(service.url, args, { env: { HOKUSAI_ADMIN_TOKEN: token } });
  };
  const asEve = await add('eve', '--role', 'auditor', '--expires-in-days', '1');
  const asFrank = await add('frank', '--role', 'admin');
  const later = (ms: number) => {
    service.clock.now = new Date(NOW.getTime() + ms);
  };
  const refusal = (message: string) => ({
    code: 4,
    out: '',
    err: expect.stringMatching(`^error: ${message} \\(request [0-9a-f-]{36}\\)\n$`),
  });
  const { key_id } = await service.create();

  expect((await asEve('list')).out).toContain(key_id);
  expect(await asEve('revoke', key_id, '--yes')).toEqual(
    refusal('A token with the role auditor may only read; use one with the role admin'),
  );
  later(DAY_MS - 1);
  expect((await asEve('list')).code).toBe(0);
  later(DAY_MS);
  expect(await asEve('list')).toEqual(refusal('Invalid authentication credentials'));

  expect((await asFrank('revoke', key_id, '--yes')).code).toBe(0);
  expect((await asFrank('audit', key_id)).out).toMatch(/ revoke +127\.0\.0\.1 +frank\n/);
  await tokens('remove', 'frank');
  later(DAY_MS + 60_000);
  expect(await asFrank('list')).toEqual(refusal('Invalid authentication credentials'));
});
