import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { parseKey } from '../../lib/domain/key.ts';
import { digestKey } from '../../lib/domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { captureIssued } from '../support/capture-dir.ts';
import { useService } from '../support/service.ts';

const SECOND_MS = 1000;

const service = useService();

const later = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms);
};

async function putSecret(variable: string, SecretString: string): Promise<void> {
  captureIssued(SecretString);
  const client = new SecretsManagerClient();
  await client.send(new PutSecretValueCommand({ SecretId: requireEnv(variable), SecretString }));
  client.destroy();
}

test('a key made under an older pepper is proven by it, and re-digested on the way', async () => {
  const { api_key, key_id } = await service.create();
  const before = await service.item(key_id);
  await putSecret(VARIABLES.pepperSecret, 'another pepper, long enough to be one');
  later(5 * 60 * SECOND_MS);
  await service.alter(key_id, 'hash', 'no bcrypt hash: bcrypt must not be asked');
  expect((await service.validate(api_key)).status).toBe(200);
  const after = await service.item(key_id);
  expect(after?.pepper).not.toBe(before?.pepper);
  expect(after?.digest).not.toEqual(before?.digest);
  expect((await service.validate(api_key)).status).toBe(200);
});

test('a digest under a newer pepper than ours is not renewed under ours', async () => {
  const old = await service.create();
  await putSecret(VARIABLES.pepperSecret, 'the newest pepper, which this process has not seen');
  // As another process would have written it, which has seen the new pepper.
  const client = new SecretsManagerClient();
  const newest = await client.send(
    new GetSecretValueCommand({ SecretId: requireEnv(VARIABLES.pepperSecret) }),
  );
  client.destroy();
  const pepper = { version: newest.VersionId ?? '', value: newest.SecretString ?? '' };
  const key = parseKey(old.api_key);
  if (!key) throw new Error('no key');
  await service.alter(old.key_id, 'digest', digestKey(key, pepper));
  await service.alter(old.key_id, 'pepper', pepper.version);
  later(2 * SECOND_MS);
  expect((await service.validate(old.api_key)).status).toBe(200);
  expect((await service.item(old.key_id))?.pepper).toBe(pepper.version);
});

test('a key whose pepper is gone is proven by bcrypt, and re-digested', async () => {
  const { api_key, key_id } = await service.create();
  const { pepper } = (await service.item(key_id)) ?? {};
  await service.alter(key_id, 'pepper', 'a version that is no more');
  expect((await service.validate(api_key)).status).toBe(200);
  expect((await service.item(key_id))?.pepper).toBe(pepper);
});

test('without Secrets Manager bcrypt decides', async () => {
  const [good, bad] = [await service.create(), await service.create()];
  await service.alter(bad.key_id, 'hash', (await service.item(good.key_id))?.hash);
  later(10 * 60 * SECOND_MS);
  service.secrets.mode = 'cut';
  expect((await service.validate(good.api_key)).status).toBe(200);
  expect((await service.validate(bad.api_key)).body.code).toBe('invalid_key');
  service.secrets.mode = 'pass';
});

test('a new admin token is taken at once, and the old one refused within a minute', async () => {
  const list = (token: string) =>
    service.call('GET', '/api/v1/keys', {
      headers: { authorization: `Bearer ${token}` },
      admin: false,
    });
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  const rotated = 'the-new-admin-token';
  await putSecret(VARIABLES.adminTokenSecret, rotated);
  later(SECOND_MS);
  expect((await list(rotated)).status).toBe(200);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(401);

  const again = 'the-next-admin-token';
  await putSecret(VARIABLES.adminTokenSecret, again);
  later(59 * SECOND_MS);
  expect((await list(rotated)).status).toBe(401);
  expect((await list(again)).status).toBe(200);
});

test('wrong tokens make us ask Secrets Manager once a second at most', async () => {
  later(SECOND_MS);
  const wrong = () =>
    service.call('GET', '/api/v1/keys', { headers: { authorization: 'Bearer x' } });
  service.secrets.actions.length = 0;
  for (const answer of await Promise.all(Array.from({ length: 20 }, wrong))) {
    expect(answer.status).toBe(401);
  }
  expect(service.secrets.actions).toEqual(['GetSecretValue']);
});
