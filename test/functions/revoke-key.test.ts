import { expect, test } from '@jest/globals';
import { COMMON_HEADERS, NOW, useService } from '../support/service.ts';

const service = useService();

const revoke = (keyId: string) => service.call('DELETE', `/api/v1/keys/${keyId}`);

test('a revoked key is refused at once, for good; revoking it again changes nothing', async () => {
  const { api_key, key_id } = await service.create();
  expect((await service.validate(api_key)).status).toBe(200);
  for (const _ of ['once', 'again']) {
    expect(await revoke(key_id)).toEqual({
      status: 200,
      headers: COMMON_HEADERS,
      body: { message: 'API key revoked successfully' },
    });
    expect(await service.validate(api_key)).toMatchObject({
      status: 401,
      body: { code: 'revoked' },
    });
    service.clock.now = new Date(NOW.getTime() + 60_000);
  }
  const { body } = await service.call('GET', `/api/v1/keys/${key_id}`);
  expect(body).toMatchObject({ is_active: false, revoked_at: NOW.toISOString() });
});

test('a clock that runs behind does not let a revoked or rotated key in', async () => {
  const [revoked, rotated] = [await service.create(), await service.create()];
  await revoke(revoked.key_id);
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
  service.clock.now = new Date(service.clock.now.getTime() - 5000);
  for (const { api_key } of [revoked, rotated]) {
    expect((await service.validate(api_key)).body.code).toBe('revoked');
  }
});

test('other keys stay as they are', async () => {
  const [one, other] = [await service.create(), await service.create()];
  await revoke(one.key_id);
  expect((await service.validate(other.api_key)).status).toBe(200);
});

test('a revocation moves the key to the partition of the listing index that holds the revoked', async () => {
  const [revoked, rotated, inGrace] = [
    await service.create(),
    await service.create(),
    await service.create(),
  ];
  await revoke(revoked.key_id);
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
  const grace = { body: { grace_period_minutes: 10 } };
  await service.call('POST', `/api/v1/keys/${inGrace.key_id}/rotate`, grace);
  const kindOf = async ({ key_id }: { key_id: string }) => (await service.item(key_id))?.kind;
  expect(await Promise.all([revoked, rotated, inGrace].map(kindOf))).toEqual([
    'revoked',
    'revoked',
    'key',
  ]);
  await revoke(inGrace.key_id);
  expect(await kindOf(inGrace)).toBe('revoked');
});
