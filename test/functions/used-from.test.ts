import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../lib/domain/time.ts';
import { requireEnv, VARIABLES } from '../../lib/environment.ts';
import { NOW, useService } from '../support/service.ts';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

const at = (ms: number) => new Date(NOW.getTime() + ms).toISOString();
const infoOf = async (keyId: string) => (await service.call('GET', `/api/v1/keys/${keyId}`)).body;
const rotate = async (keyId: string, grace_period_minutes = 10) => {
  const body = { grace_period_minutes };
  return (await service.call('POST', `/api/v1/keys/${keyId}/rotate`, { body })).body;
};
const inGrace = async () => {
  const old = await service.create();
  await rotate(old.key_id);
  return old;
};
const use = async (apiKey: string, client_ip: string, ms: number) => {
  service.clock.now = new Date(NOW.getTime() + ms);
  expect((await service.validate(apiKey, { client_ip })).status).toBe(200);
};
const marksOf = async (keyId: string) =>
  Object.keys((await service.item(keyId)) ?? {}).filter((name) => name.startsWith('from_'));

/** Notes addresses on a key's item, as other processes do. */
async function noteElsewhere(keyId: string, uses: readonly (readonly [string, string])[]) {
  const client = new DynamoDBClient();
  await client.send(
    new UpdateItemCommand({
      TableName: requireEnv(VARIABLES.keysTable),
      Key: { key_id: { S: keyId } },
      UpdateExpression: `SET ${uses.map((_, i) => `#a${i} = :t${i}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(uses.map(([a], i) => [`#a${i}`, `from_${a}`])),
      ExpressionAttributeValues: Object.fromEntries(uses.map(([, S], i) => [`:t${i}`, { S }])),
    }),
  );
  client.destroy();
}

test('shows where a key in its grace period is still used from, in the writes that it needs anyway', async () => {
  const old = await inGrace();
  expect((await infoOf(old.key_id)).used_from).toEqual([]);
  await use(old.api_key, '203.0.113.7', 0);
  service.dynamodb.actions.length = 0;
  await use(old.api_key, '::ffff:198.51.100.1', 1000);
  await use(old.api_key, '2001:DB8:0::1', 2000);
  await use(old.api_key, '203.0.113.7', 3000);
  expect(service.dynamodb.actions).toEqual(Array(6).fill('UpdateItem'));
  const info = await infoOf(old.key_id);
  expect(info).toMatchObject({
    last_used_at: at(3000),
    revoked_at: at(10 * MINUTE_MS),
    used_from: [
      { address: '203.0.113.7', last_used_at: at(3000) },
      { address: '2001:db8::1', last_used_at: at(2000) },
      { address: '198.51.100.1', last_used_at: at(1000) },
    ],
  });
  service.clock.now = new Date(NOW.getTime() + 11 * MINUTE_MS);
  expect(await infoOf(old.key_id)).toEqual({ ...info, is_active: false });
  const { body: listed } = await service.call('GET', `/api/v1/keys?key_prefix=${info.key_prefix}`);
  expect(listed).toEqual([{ ...info, is_active: false }]);
});

test('notes the address of the caller where none is sent, and nothing for another text', async () => {
  const old = await inGrace();
  await use(old.api_key, 'the office', 0);
  expect((await infoOf(old.key_id)).used_from).toEqual([]);
  await service.validate(old.api_key);
  expect((await infoOf(old.key_id)).used_from).toEqual([
    { address: '127.0.0.1', last_used_at: at(0) },
  ]);
});

test('notes nothing for keys that are not in a grace period', async () => {
  const [used, rotated] = [await service.create(), await service.create()];
  await use(used.api_key, '203.0.113.7', 0);
  await use(rotated.api_key, '203.0.113.7', 0);
  const ended = await rotate(rotated.key_id, 0);
  const next = await rotate(used.key_id);
  await use(next.api_key, '203.0.113.7', 0);
  for (const { key_id } of [rotated, ended, next]) {
    expect((await infoOf(key_id)).used_from).toBeNull();
    expect(await marksOf(key_id)).toEqual([]);
  }
  expect((await infoOf(used.key_id)).used_from).toEqual([]);
});

test('keeps the last five addresses', async () => {
  const old = await inGrace();
  for (let i = 1; i <= 12; i++) await use(old.api_key, `203.0.113.${i}`, i);
  const { used_from } = await infoOf(old.key_id);
  expect(used_from).toEqual(
    Array.from({ length: 5 }, (_, i) => ({
      address: `203.0.113.${12 - i}`,
      last_used_at: at(12 - i),
    })),
  );
  expect(await marksOf(old.key_id)).toHaveLength(5);
});

test('learns the addresses that other processes note, and drops what is more than five', async () => {
  const old = await inGrace();
  await use(old.api_key, '203.0.113.1', 0);
  const others = Array.from({ length: 70 }, (_, i) => [`198.51.100.${i}`, at(i + 1)] as const);
  await noteElsewhere(old.key_id, others);
  expect((await infoOf(old.key_id)).used_from).toHaveLength(5);
  // The first write learns of them, and each of the next drops twenty.
  for (let i = 0; i < 5; i++) await use(old.api_key, '203.0.113.1', 100 + i);
  expect(await marksOf(old.key_id)).toHaveLength(5);
  const { used_from } = await infoOf(old.key_id);
  expect(used_from.map(({ address }: { address: string }) => address)).toEqual([
    '203.0.113.1',
    ...Array.from({ length: 4 }, (_, i) => `198.51.100.${69 - i}`),
  ]);
});

test('a key with five long addresses fits into the kilobyte of a write unit', async () => {
  const old = await service.create({ scopes: ['read', 'predict'], allowed_ips: ['2001:db8::/32'] });
  await rotate(old.key_id);
  for (let i = 0; i < 5; i++)
    await use(old.api_key, `2001:db8:ffff:ffff:ffff:ffff:ffff:fff${i}`, i);
  expect(sizeOf((await service.item(old.key_id)) ?? {})).toBeLessThan(1024);
});

/**
 * Returns about the bytes that DynamoDB counts: names and values, a number as half of its digits and
 * 1, a list as 3 more, and 1 for each element.
 */
function sizeOf(item: object): number {
  const valueSize = (value: unknown): number => {
    if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
    if (typeof value === 'boolean') return 1;
    if (value instanceof Uint8Array) return value.length;
    if (value instanceof Set) return [...value].reduce((sum, one) => sum + valueSize(one), 0);
    if (Array.isArray(value)) return value.reduce((sum, one) => sum + valueSize(one) + 1, 3);
    return String(value).length;
  };
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + name.length + valueSize(value),
    0,
  );
}
