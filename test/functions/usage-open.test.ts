import { expect, test } from '@jest/globals';
import { useService } from '../support/service.ts';

process.env.USAGE_AUTH = 'open';
const service = useService();

const body = { service_id: 'prediction', endpoint: '/a', status_code: 200, response_time_ms: 1 };
const anyone = { body, admin: false };

test('lets anyone report usage of a key that exists, with whatever credentials', async () => {
  const { key_id } = await service.create();
  const other = await service.create();
  await service.call('DELETE', `/api/v1/keys/${other.key_id}`);
  const asRevoked = { ...anyone, headers: { authorization: `Bearer ${other.api_key}` } };
  const path = `/api/v1/usage/${key_id}`;
  const answers = [
    await service.call('POST', path, anyone),
    await service.call('POST', `${path}/debit`, anyone),
    await service.call('POST', path, asRevoked),
    await service.call('POST', `/api/v1/usage/${other.key_id}`, asRevoked),
    await service.call('POST', '/api/v1/usage/00000000-0000-5000-8000-000000000000', anyone),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404]);
  await service.drain();
  const stats = await service.call('GET', `${path}/stats`);
  expect(stats.body.total_requests).toBe(3);
});

test.each(['{key_id}/stats', '{key_id}/billing', 'aggregate'])(
  'still rejects a caller without credentials at %s',
  async (path) => {
    const { key_id } = await service.create();
    const url = `/api/v1/usage/${path.replace('{key_id}', key_id)}`;
    expect((await service.call('GET', url, { admin: false })).status).toBe(401);
  },
);
