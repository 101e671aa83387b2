import { beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_TOKEN } from '../support/client.ts';
import { problem, useService } from '../support/service.ts';

const service = useService();
let key: { api_key: string; key_id: string };
beforeAll(async () => {
  key = await service.create();
});

const notAuthenticated = problem(401, 'Unauthorized', 'Not authenticated');
const invalid = problem(401, 'Unauthorized', 'Invalid authentication credentials');

describe.each([
  ['POST', '/api/v1/keys'],
  ['GET', '/api/v1/keys'],
  ['GET', '/api/v1/keys/:id'],
  ['PATCH', '/api/v1/keys/:id'],
  ['DELETE', '/api/v1/keys/:id'],
  ['POST', '/api/v1/keys/:id/rotate'],
])('%s %s', (method, path) => {
  const call = (headers: Record<string, string>) =>
    service.call(method, path.replace(':id', key.key_id), { headers, admin: false });

  test.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['a scheme without a token', { authorization: 'Bearer' }],
    ['the token in another header', { 'x-api-key': ADMIN_TOKEN }],
  ])('%s is not authenticated', async (_, headers: Record<string, string>) => {
    expect(await call(headers)).toEqual(notAuthenticated);
  });

  test.each([
    ['another scheme', `Basic ${ADMIN_TOKEN}`],
    ['a wrong token', `Bearer ${ADMIN_TOKEN}x`],
    ['a part of the token', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
    ['the token twice', `Bearer ${ADMIN_TOKEN},Bearer ${ADMIN_TOKEN}`],
    ['another case', `Bearer ${ADMIN_TOKEN.toUpperCase()}`],
  ])('%s is invalid', async (_, authorization) => {
    expect(await call({ authorization })).toEqual(invalid);
  });

  test('a key of the service is not an admin token', async () => {
    expect(await call({ authorization: `Bearer ${key.api_key}` })).toEqual(invalid);
  });
});

test("the scheme's case and spaces around the token do not matter", async () => {
  const headers = { authorization: `  bEARER   ${ADMIN_TOKEN}  ` };
  expect((await service.call('GET', '/api/v1/keys', { headers, admin: false })).status).toBe(200);
});

test('what was refused has changed nothing', async () => {
  const { body } = await service.call('GET', '/api/v1/keys');
  expect(body).toHaveLength(1);
  expect((await service.validate(key.api_key)).status).toBe(200);
});
