import { expect, test } from '@jest/globals';
import { problem, useService } from '../support/service.ts';

const service = useService();
const ID = '00000000-0000-5000-8000-000000000000';

const notAllowed = (allow: string) => {
  const answer = problem(405, 'Method Not Allowed', 'Method Not Allowed');
  return { ...answer, headers: { ...answer.headers, allow } };
};

test.each([
  ['PUT', '/api/v1/keys', 'POST, GET'],
  ['DELETE', '/api/v1/keys', 'POST, GET'],
  ['PUT', `/api/v1/keys/${ID}`, 'GET, PATCH, DELETE'],
  ['POST', `/api/v1/keys/${ID}`, 'GET, PATCH, DELETE'],
  ['GET', `/api/v1/keys/${ID}/rotate`, 'POST'],
  ['PUT', '/api/v1/keys/validate', 'POST'],
  ['GET', `/api/v1/usage/${ID}`, 'POST'],
  ['GET', `/api/v1/usage/${ID}/debit`, 'POST'],
  ['POST', `/api/v1/usage/${ID}/stats`, 'GET'],
  ['POST', `/api/v1/usage/${ID}/billing`, 'GET'],
  ['PUT', '/api/v1/usage/aggregate', 'GET'],
  ['POST', '/health', 'GET, HEAD'],
  ['OPTIONS', '/ready', 'GET, HEAD'],
  ['POST', '/docs', 'GET, HEAD'],
  ['POST', '/docs/start.js', 'GET'],
  ['PUT', '/openapi.json', 'GET, HEAD'],
])('responds to %s %s with 405 and the methods of the path', async (method, path, allow) => {
  expect(await service.call(method, path, { admin: false })).toEqual(notAllowed(allow));
});

test.each([
  ['GET', '/'],
  ['GET', '/api/v1'],
  ['POST', '/api/v1/keys/'],
  ['GET', '/health/'],
  ['GET', '/Health'],
  ['GET', '/xhealth'],
  ['GET', `/api/v1/keys/${ID}/rotate/x`],
  ['DELETE', '/api/v1/usage'],
  ['GET', '/$default'],
  ['POST', '/openapi-json'],
  ['GET', '/docs/a/b'],
])('responds to %s %s with 404', async (method, path) => {
  expect(await service.call(method, path)).toEqual(problem(404, 'Not Found', 'Not found'));
});
