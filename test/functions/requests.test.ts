import { randomInt } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { withOtherSecret } from '../support/drawing.ts';
import { NOW, useService } from '../support/service.ts';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

/** Returns the requests that DynamoDB's endpoint receives while `work` is done. */
async function requestsOf(work: () => Promise<{ status: number }>, status: number) {
  service.dynamodb.actions.length = 0;
  expect((await work()).status).toBe(status);
  return [...service.dynamodb.actions];
}
const path = (keyId: string) => `/api/v1/keys/${keyId}`;

test('makes two requests for a cold validation and one for a warm one', async () => {
  const { api_key } = await service.create();
  const validate = () => service.validate(api_key);
  expect(await requestsOf(validate, 200)).toEqual(['GetItem', 'UpdateItem']);
  expect(await requestsOf(validate, 200)).toEqual(['UpdateItem']);
  service.clock.now = new Date(NOW.getTime() + 3_600_000);
  expect(await requestsOf(validate, 200)).toEqual(['UpdateItem']);
});

test('makes every read of a table a consistent one', async () => {
  const { api_key, key_id } = await service.create();
  await service.call('PATCH', path(key_id), { body: { name: 'changed' } });
  service.dynamodb.inputs.length = 0;
  await service.validate(api_key);
  await service.call('GET', path(key_id));
  await service.call('GET', '/api/v1/keys');
  await service.call('GET', `/api/v1/usage/${key_id}/stats`);
  await service.call('GET', '/api/v1/usage/aggregate');
  const reads = service.dynamodb.inputs
    .filter(({ action, input }) => /Get|Query/.test(action) && !input.includes('"IndexName"'))
    .map(({ action, input }) => `${action} ${input.includes('"ConsistentRead":true')}`);
  expect(new Set(reads)).toEqual(new Set(['GetItem true', 'BatchGetItem true', 'Query true']));
});

test('makes at most two requests a second for a key over its limit', async () => {
  const { api_key } = await service.create({ rate_limit_per_hour: 10 });
  for (let i = 0; i < 10; i++) await service.validate(api_key);
  const validate = () => service.validate(api_key);
  expect(await requestsOf(validate, 429)).toEqual(['UpdateItem']);
  service.clock.now = new Date(NOW.getTime() + 499);
  expect(await requestsOf(validate, 429)).toEqual([]);
  service.clock.now = new Date(NOW.getTime() + 500);
  expect(await requestsOf(validate, 429)).toEqual(['UpdateItem']);
  service.clock.now = new Date('2026-11-23T19:00:00.000Z');
  expect(await requestsOf(validate, 200)).toEqual(['UpdateItem']);
});

test('reads the record again before it rejects from memory, at no more cost after a change', async () => {
  const { api_key, key_id } = await service.create({ scopes: ['read'] });
  const write = () => service.validate(api_key, { required_scope: 'write' });
  expect(await requestsOf(write, 401)).toEqual(['GetItem']);
  expect(await requestsOf(write, 401)).toEqual(['GetItem']);
  await service.call('PATCH', path(key_id), { body: { scopes: ['write'] } });
  expect(await requestsOf(write, 200)).toEqual(['GetItem', 'UpdateItem']);
  await service.call('PATCH', path(key_id), { body: { scopes: ['read'] } });
  expect(await requestsOf(write, 401)).toEqual(['UpdateItem']);
});

test('makes no request for a malformed key, nor for a wrong checksum', async () => {
  const { api_key } = await service.create();
  const notAKey = () => service.validate(`${api_key.slice(0, -1)}!`);
  expect(await requestsOf(notAKey, 401)).toEqual([]);
  const mistyped = api_key.slice(0, -1) + (api_key.endsWith('A') ? 'B' : 'A');
  expect(await requestsOf(() => service.validate(mistyped), 401)).toEqual([]);
});

describe.each([
  ['an unknown key', async () => generateKey('production', randomInt).text],
  [
    'a wrong secret of a key in use',
    async () => {
      const { api_key } = await service.create();
      await service.validate(api_key);
      return withOtherSecret(api_key);
    },
  ],
  [
    'a wrong secret of a key that was read before',
    async () => {
      const { api_key } = await service.create();
      await service.validate(withOtherSecret(api_key));
      return withOtherSecret(api_key);
    },
  ],
  [
    'a wrong secret of a key that was not read before',
    async () => {
      const { api_key } = await service.create();
      return withOtherSecret(api_key);
    },
  ],
])('%s', (_, presentedKey) => {
  test('costs one read, and none when it is presented again within a second', async () => {
    const text = await presentedKey();
    const present = () => service.validate(text);
    expect(await requestsOf(present, 401)).toEqual(['GetItem']);
    expect(await requestsOf(present, 401)).toEqual([]);
    service.clock.now = new Date(NOW.getTime() + 999);
    expect(await requestsOf(present, 401)).toEqual([]);
    service.clock.now = new Date(NOW.getTime() + 1000);
    expect(await requestsOf(present, 401)).toEqual(['GetItem']);
  });
});

test('reads an item that no key has, another for each wrong secret of a cached key', async () => {
  const { api_key, key_id } = await service.create();
  await service.validate(api_key);
  service.dynamodb.inputs.length = 0;
  for (let i = 0; i < 3; i++) await service.validate(withOtherSecret(api_key));
  const read = service.dynamodb.inputs.map(({ input }) => JSON.parse(input).Key.key_id.S);
  expect(new Set([...read, key_id]).size).toBe(4);
});

test('makes the expected requests for each administrator operation', async () => {
  const create = () =>
    service.call('POST', '/api/v1/keys', { body: { name: 'x', service_id: 'website' } });
  expect(await requestsOf(create, 201)).toEqual(['TransactWriteItems']);
  const { key_id } = await service.create();
  const call =
    (method: string, suffix = '', body?: object) =>
    () =>
      service.call(method, path(key_id) + suffix, { body });
  expect(await requestsOf(call('GET'), 200)).toEqual(['GetItem']);
  expect(await requestsOf(call('PATCH', '', { name: 'y' }), 200)).toEqual([
    'GetItem',
    'TransactWriteItems',
    'GetItem',
  ]);
  expect(await requestsOf(call('POST', '/rotate'), 200)).toEqual(['GetItem', 'TransactWriteItems']);
  expect(await requestsOf(call('DELETE'), 200)).toEqual(['TransactWriteItems', 'GetItem']);
  const list = (query: string) => () => service.call('GET', `/api/v1/keys?limit=2${query}`);
  expect(await requestsOf(list(''), 200)).toEqual(['Query', 'Query', 'BatchGetItem']);
  expect(await requestsOf(list('&active_only=true'), 200)).toEqual(['Query', 'BatchGetItem']);
  expect(await requestsOf(list('&rotation_due=true'), 200)).toEqual(['Query']);
});

test('reads the token and the pepper from Secrets Manager once', async () => {
  const { api_key } = await service.create();
  service.secrets.actions.length = 0;
  await service.create();
  await service.validate(api_key);
  expect(service.secrets.actions).toEqual([]);
});
