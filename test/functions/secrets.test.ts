import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, expect, test } from '@jest/globals';
import { parseKey } from '../../lib/domain/key.ts';
import { digestKey } from '../../lib/domain/verifiers.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { putSecret } from '../support/secrets.ts';
import { useService } from '../support/service.ts';

const SECOND_MS = 1000;

const service = useService();
afterEach(() => {
  service.secrets.mode = 'pass';
});

const later = (ms: number) => {
  service.clock.now = new Date(service.clock.now.getTime() + ms);
};

const NO_HASH = 'no bcrypt hash: bcrypt must not be asked';

/** Returns the calls of Secrets Manager while `work` is done. */
async function secretReads(work: () => Promise<unknown>): Promise<string[]> {
  service.secrets.actions.length = 0;
  await work();
  return [...service.secrets.actions];
}

test('verifies a key by an older pepper and renews its digest', async () => {
  const { api_key, key_id } = await service.create();
  const before = await service.item(key_id);
  await putSecret(VARIABLES.pepperSecret, 'another pepper, long enough to be one');
  later(5 * 60 * SECOND_MS);
  await service.alter(key_id, 'hash', NO_HASH);
  expect((await service.validate(api_key)).status).toBe(200);
  const after = await service.item(key_id);
  expect(after?.pepper).not.toBe(before?.pepper);
  expect(after?.digest).not.toEqual(before?.digest);
  const { length } = service.dynamodb.inputs;
  expect((await service.validate(api_key)).status).toBe(200);
  const [next] = service.dynamodb.inputs.slice(length);
  expect(next?.input).not.toContain('digest');
});

test('does not renew a digest under a newer pepper than the cached one', async () => {
  const old = await service.create();
  await putSecret(VARIABLES.pepperSecret, 'the newest pepper, which this process has not seen');
  // Writes what a process that has read the new pepper would write.
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

test('verifies a key whose pepper is gone by bcrypt and renews its digest', async () => {
  const { api_key, key_id } = await service.create();
  const { pepper } = (await service.item(key_id)) ?? {};
  await service.alter(key_id, 'pepper', 'a version that is no more');
  expect((await service.validate(api_key)).status).toBe(200);
  expect((await service.item(key_id))?.pepper).toBe(pepper);
});

test('uses a cached pepper of any age without Secrets Manager, with one failed load in 30 s', async () => {
  const [first, second, third] = [
    await service.create(),
    await service.create(),
    await service.create(),
  ];
  for (const { key_id } of [first, second, third]) await service.alter(key_id, 'hash', NO_HASH);
  later(10 * 60 * SECOND_MS);
  service.secrets.mode = 'cut';
  const wrong = async () => {
    const answer = await service.validate(withOtherSecret(first.api_key));
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_key' } });
  };
  const good = (apiKey: string) => async () =>
    expect((await service.validate(apiKey)).status).toBe(200);
  expect(await secretReads(wrong)).toEqual([]);
  expect(await secretReads(good(first.api_key))).toEqual(['GetSecretValue', 'GetSecretValue']);
  later(30 * SECOND_MS - 1);
  expect(await secretReads(good(second.api_key))).toEqual([]);
  expect(await secretReads(wrong)).toEqual([]);
  later(1);
  expect(await secretReads(good(third.api_key))).toEqual(['GetSecretValue', 'GetSecretValue']);
});

test('uses a pepper that was rotated during an outage once the outage is over', async () => {
  const old = await service.create();
  await putSecret(VARIABLES.pepperSecret, 'given while this process could not hear of it');
  later(10 * 60 * SECOND_MS);
  service.secrets.mode = 'cut';
  expect((await service.validate(old.api_key)).status).toBe(200);
  service.secrets.mode = 'pass';
  later(30 * SECOND_MS);
  const renewed = await service.create();
  const [before, after] = [await service.item(old.key_id), await service.item(renewed.key_id)];
  expect(after?.pepper).not.toBe(before?.pepper);
});

test('issues keys with a cached pepper of any age, and waits for one load at most', async () => {
  expect((await service.create()).api_key).toBeDefined();
  later(10 * 60 * SECOND_MS);
  expect((await service.call('GET', '/api/v1/keys')).status).toBe(200);
  // The admin token is cached, so every call from here on is for the pepper.
  service.secrets.mode = 'cut';
  expect(await secretReads(() => service.create())).toHaveLength(2);
  later(SECOND_MS);
  expect(await secretReads(() => service.create())).toEqual([]);
});

test('verifies a key without the pepper of its digest by bcrypt, and backs off its load', async () => {
  const [good, bad] = [await service.create(), await service.create()];
  for (const { key_id } of [good, bad]) await service.alter(key_id, 'pepper', 'not held');
  await service.alter(bad.key_id, 'hash', (await service.item(good.key_id))?.hash);
  later(10 * 60 * SECOND_MS);
  service.secrets.mode = 'cut';
  const validations = async () => {
    expect((await service.validate(good.api_key)).status).toBe(200);
    expect((await service.validate(bad.api_key)).body.code).toBe('invalid_key');
  };
  expect(await secretReads(validations)).toEqual(['GetSecretValue', 'GetSecretValue']);
});

test('reads an older pepper that is gone once in 30 s', async () => {
  const { api_key, key_id } = await service.create();
  await service.alter(key_id, 'pepper', 'gone for good');
  const wrong = () => service.validate(withOtherSecret(api_key));
  later(30 * SECOND_MS);
  expect(await secretReads(wrong)).toHaveLength(2);
  expect(await secretReads(wrong)).toEqual([]);
  later(30 * SECOND_MS);
  expect(await secretReads(wrong)).toHaveLength(2);
});

test('accepts a new admin token at once and rejects the old one within a minute', async () => {
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

test('reads the token at most once a second for wrong tokens', async () => {
  later(SECOND_MS);
  const wrong = () =>
    service.call('GET', '/api/v1/keys', { headers: { authorization: 'Bearer x' } });
  service.secrets.actions.length = 0;
  for (const answer of await Promise.all(Array.from({ length: 20 }, wrong))) {
    expect(answer.status).toBe(401);
  }
  expect(service.secrets.actions).toEqual(['GetSecretValue']);
});
