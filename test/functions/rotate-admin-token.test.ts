import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { handler } from '../../functions/rotate-admin-token.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from '../support/captured.ts';
import { cleanUp } from '../support/clean-up.ts';
import { useService } from '../support/service.ts';

const service = useService();
const client = new SecretsManagerClient();
let rotate: typeof handler;
beforeAll(async () => {
  rotate = (await import('../../functions/rotate-admin-token.ts')).handler;
});
cleanUp(() => client.destroy());

const secretId = () => requireEnv(VARIABLES.adminTokenSecret);
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type Step = (typeof STEPS)[number];

/** Starts a rotation as an administrator does; `take` then runs a step as Secrets Manager does. */
async function begin(): Promise<string> {
  const { VersionId } = await client.send(new RotateSecretCommand({ SecretId: secretId() }));
  return VersionId ?? '';
}
const take = (Step: Step, version: string) =>
  rotate({ Step, SecretId: secretId(), ClientRequestToken: version });

async function readToken(VersionId?: string): Promise<string> {
  const secret = await client.send(new GetSecretValueCommand({ SecretId: secretId(), VersionId }));
  captureIssued(secret.SecretString ?? '');
  return secret.SecretString ?? '';
}
async function labels() {
  const { VersionIdsToStages = {} } = await client.send(
    new DescribeSecretCommand({ SecretId: secretId() }),
  );
  return Object.fromEntries(
    Object.entries(VersionIdsToStages).flatMap(([version, of]) =>
      of.map((label) => [label, version]),
    ),
  );
}

const statusWith = async (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await service.call('GET', '/api/v1/keys', { headers, admin: false })).status;
};
const later = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms);
};

beforeEach(() => later(600_000));

test('accepts the new token at once and rejects the old one within a minute', async () => {
  const old = await readToken();
  expect(await statusWith(old)).toBe(200);
  const version = await begin();
  for (const step of STEPS) await take(step, version);
  const fresh = await readToken();
  expect(fresh).toMatch(/^[\w-]{43}$/);
  expect(fresh).not.toBe(old);
  later(1);
  expect(await statusWith(fresh)).toBe(200);
  later(59_000);
  expect(await statusWith(old)).toBe(401);
  expect(await labels()).toMatchObject({ AWSCURRENT: version });
});

test('rejects the old token within a minute also where the new one was not used', async () => {
  const old = await readToken();
  expect(await statusWith(old)).toBe(200);
  const version = await begin();
  for (const step of STEPS) await take(step, version);
  later(59_999);
  expect(await statusWith(old)).toBe(401);
});

test('accepts the current token only until the last step of a rotation', async () => {
  const current = await readToken();
  const version = await begin();
  for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) {
    await take(step, version);
    later(60_000);
    expect(await statusWith(current)).toBe(200);
    expect(await statusWith(await readToken(version))).toBe(401);
  }
  const pending = await readToken(version);
  await take('finishSecret', version);
  // The wrong token has just caused a read; the right one must not have to wait for the next.
  later(1);
  expect(await statusWith(pending)).toBe(200);
});

test('accepts the repeat of every step, also after a later one', async () => {
  const version = await begin();
  await Promise.all([take('createSecret', version), take('createSecret', version)]);
  const pending = await readToken(version);
  for (const step of STEPS) {
    await take(step, version);
    await take(step, version);
  }
  const after = await labels();
  for (const step of STEPS) await take(step, version);
  expect(await labels()).toEqual(after);
  expect(await readToken()).toBe(pending);
});

test('never makes a version without a value the current one', async () => {
  const current = await readToken();
  const version = await begin();
  await expect(take('testSecret', version)).rejects.toThrow('There is no such version');
  await expect(take('finishSecret', version)).rejects.toThrow('There is no such version');
  expect(await readToken()).toBe(current);
  for (const step of STEPS) await take(step, version);
});

test('leaves a version alone that no rotation prepares', async () => {
  const before = await labels();
  for (const step of STEPS) {
    await expect(take(step, 'no-version-of-this-secret')).rejects.toThrow('is not pending');
  }
  expect(await labels()).toEqual(before);
});

test('rejects a token that a header cannot carry', async () => {
  const current = await readToken();
  const version = await begin();
  await client.send(
    new PutSecretValueCommand({
      SecretId: secretId(),
      ClientRequestToken: version,
      SecretString: 'two words',
      VersionStages: ['AWSPENDING'],
    }),
  );
  await take('setSecret', version);
  await expect(take('testSecret', version)).rejects.toThrow("can't travel in a header");
  await expect(take('finishSecret', version)).rejects.toThrow("can't travel in a header");
  expect(await readToken()).toBe(current);
});
