import { expect, test } from '@jest/globals';
import { COMMON_HEADERS, useService } from '../support/service.ts';

const service = useService();

test('responds to /health without a request to a dependency', async () => {
  expect(await service.call('GET', '/health', { admin: false })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: { status: 'healthy' },
  });
  expect(service.dynamodb.actions).toEqual([]);
  expect(service.secrets.actions).toEqual([]);
});

test('checks the database and the secrets for /ready', async () => {
  expect(await service.call('GET', '/ready', { admin: false })).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: { status: 'ready', checks: { database: true, secrets: true } },
  });
});

/** `fetch` closes the connection after a HEAD. */
const { 'keep-alive': _, ...HEAD_HEADERS } = COMMON_HEADERS;

test.each(['/health', '/ready'])('answers HEAD %s like GET, without the body', async (path) => {
  const { status, headers } = await service.call('GET', path, { admin: false });
  expect(await service.call('HEAD', path, { admin: false })).toEqual({
    status,
    headers: { ...HEAD_HEADERS, 'content-length': headers['content-length'] },
    body: undefined,
  });
});

test('answers HEAD /ready with 503 when the service is not ready', async () => {
  service.dynamodb.mode = 'cut';
  const answer = await service.call('HEAD', '/ready', { admin: false });
  service.dynamodb.mode = 'pass';
  expect(answer).toEqual({
    status: 503,
    headers: { ...HEAD_HEADERS, 'retry-after': '1' },
    body: undefined,
  });
});

test.each([
  ['dynamodb', { database: false, secrets: true }],
  ['secrets', { database: true, secrets: false }],
] as const)('responds with 503 to /ready without %s', async (dependency, checks) => {
  service[dependency].mode = 'cut';
  const answer = await service.call('GET', '/ready', { admin: false });
  service[dependency].mode = 'pass';
  expect(answer).toEqual({
    status: 503,
    headers: { ...COMMON_HEADERS, 'retry-after': '1' },
    body: { status: 'not ready', checks },
  });
});
