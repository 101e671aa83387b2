import { expect, test } from '@jest/globals';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const service = useService();

test('returns the key as it was created and the time of its last use', async () => {
  const { api_key, key_id, key_info } = await service.create({ name: 'mine', scopes: ['read'] });
  expect(await service.call('GET', `/api/v1/keys/${key_id}`)).toEqual({
    status: 200,
    headers: COMMON_HEADERS,
    body: key_info,
  });
  await service.validate(api_key);
  const { body } = await service.call('GET', `/api/v1/keys/${key_id}`);
  expect(body).toEqual({ ...key_info, last_used_at: NOW.toISOString() });
});

test.each([
  ['in upper case', (keyId: string) => keyId.toUpperCase()],
  ['percent-encoded', (keyId: string) => keyId.replace(/-/g, '%2D')],
])('accepts a key_id %s', async (_, spell) => {
  const { key_id } = await service.create();
  expect(await service.call('GET', `/api/v1/keys/${spell(key_id)}`)).toMatchObject({
    status: 200,
    body: { key_id },
  });
});

test.each(['GET', 'DELETE', 'PATCH', 'ROTATE'])(
  'responds with 404 to %s of an unknown key_id',
  async (method) => {
    for (const id of [
      '00000000-0000-5000-8000-000000000000',
      'x',
      '%00',
      '%ZZ',
      '%2e%2e%2f',
      'x'.repeat(3000),
    ]) {
      const path = `/api/v1/keys/${id}`;
      const answer =
        method === 'ROTATE'
          ? await service.call('POST', `${path}/rotate`)
          : await service.call(method, path, method === 'PATCH' ? { body: { name: 'x' } } : {});
      expect(answer).toEqual(problem(404, 'Not Found', 'API key not found'));
    }
  },
);
