import { expect, test } from '@jest/globals';
import { entry } from '../support/audit-entry.ts';
import type { CallOptions } from '../support/client.ts';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const service = useService();

const revoke = (keyId: string) => service.call('DELETE', `/api/v1/keys/${keyId}`);

test('rejects a revoked key at once and for good, and changes nothing for a repeat', async () => {
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

test('rejects a revoked or rotated key also when the clock runs behind', async () => {
  const [revoked, rotated] = [await service.create(), await service.create()];
  await revoke(revoked.key_id);
  await service.call('POST', `/api/v1/keys/${rotated.key_id}/rotate`);
  service.clock.now = new Date(service.clock.now.getTime() - 5000);
  for (const { api_key } of [revoked, rotated]) {
    expect((await service.validate(api_key)).body.code).toBe('revoked');
  }
});

test('makes one request for a key that does not exist', async () => {
  service.dynamodb.actions.length = 0;
  expect(await revoke('00000000-0000-5000-8000-000000000000')).toEqual(
    problem(404, 'Not Found', 'API key not found'),
  );
  expect(service.dynamodb.actions).toEqual(['TransactWriteItems']);
});

test('leaves other keys unchanged', async () => {
  const [one, other] = [await service.create(), await service.create()];
  await revoke(one.key_id);
  expect((await service.validate(other.api_key)).status).toBe(200);
});

test('moves a revoked key to the partition of the listing index for revoked keys', async () => {
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

const remove = (keyId: string, options: CallOptions) =>
  service.call('DELETE', `/api/v1/keys/${keyId}`, options);
const REVOKED = {
  status: 200,
  headers: COMMON_HEADERS,
  body: { message: 'API key revoked successfully' },
};

test.each<[string, CallOptions, object]>([
  ['a reason', { body: { reason: 'leaked in a log' } }, { reason: 'leaked in a log' }],
  ['the longest reason', { body: { reason: '😀'.repeat(500) } }, { reason: '😀'.repeat(500) }],
  ['a reason of null', { body: { reason: null } }, {}],
  ['another field of null', { body: { grace_period_minutes: null } }, {}],
  ['an empty object', { body: {} }, {}],
  ['an empty body of another type', { body: '', headers: { 'content-type': 'text/plain' } }, {}],
  ['no body and no type', {}, {}],
])('writes a revocation with %s to the audit trail', async (_, options, why) => {
  service.clock.now = NOW;
  const { key_id } = await service.create();
  service.clock.now = new Date(NOW.getTime() + 1000);
  expect(await remove(key_id, options)).toEqual(REVOKED);
  const at = service.clock.now.toISOString();
  expect((await service.trail(key_id)).slice(0, -1)).toEqual([
    entry({
      version: 2,
      time: at,
      action: 'revoke',
      changes: [{ field: 'revoked_at', old: null, new: at }],
      ...why,
    }),
  ]);
});

const anApiKey = `hk_live_${'a'.repeat(32)}`;
const notText = 'must be text of 1 to 500 characters, none of them control characters';
test.each([
  ['reason', '', notText],
  ['reason', 5, notText],
  ['reason', 'x'.repeat(501), notText],
  ['reason', 'two\nlines', notText],
  ['reason', `leaked: ${anApiKey}`, 'must not contain an API key or token'],
  ['reasons', 'leak', 'is not a field of this request'],
])('rejects a revocation with %s %j and revokes nothing', async (field, value, message) => {
  const { api_key, key_id } = await service.create();
  expect(await remove(key_id, { body: { [field]: value } })).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
  expect((await service.validate(api_key)).status).toBe(200);
});
