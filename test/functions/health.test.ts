import { expect, test } from '@jest/globals';
import { COMMON_HEADERS, useService } from '../support/service.ts';

const service = useService();

test('health touches nothing', async () => {
  expect(await service.call('GET', '/health', { admin: false })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: { status: 'healthy' },
  });
  expect(service.dynamodb.actions).toEqual([]);
  expect(service.secrets.actions).toEqual([]);
});

test('ready looks at the database and the secrets', async () => {
  expect(await service.call('GET', '/ready', { admin: false })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: { status: 'ready', checks: { database: true, secrets: true } },
  });
});

test.each([
  ['dynamodb', { database: false, secrets: true }],
  ['secrets', { database: true, secrets: false }],
] as const)('not ready without %s', async (dependency, checks) => {
  service[dependency].mode = 'cut';
  const answer = await service.call('GET', '/ready', { admin: false });
  service[dependency].mode = 'pass';
  expect(answer).toEqual({
    status: 503,
    headers: { ...COMMON_HEADERS, 'retry-after': '1' },
    body: { status: 'not ready', checks },
  });
});
