import { expect, test } from '@jest/globals';
import { createAuth, keyOf } from '../../client/src/index.ts';

const BASE = { url: 'http://127.0.0.1:9', serviceId: 'prediction' };

/** As JavaScript may pass them: the compiler would refuse most of them. */
const loosely = <Options>(options: object) => options as Options;

test.each([
  [{ scopes: 'read' }, 'createAuth has no option scopes; its options are url, serviceId,'],
  [{ environment: 'prod' }, 'environment must be one of production, test, development'],
  [{ url: 'http://127.0.0.1:9/api/v1' }, 'url must not contain /api/v1'],
  [{ url: 'http://127.0.0.1:9/api/v1/' }, 'url must not contain /api/v1'],
])('does not create a client with %j', (options, message) => {
  expect(() => createAuth(loosely({ ...BASE, ...options }))).toThrow(message);
});

const auth = createAuth(BASE);

test.each([
  [{ scopes: 'read' }, 'The check of a route has no option scopes; its options are scope,'],
  [{ scope: ['read'] }, 'scope must be a string that is not empty'],
  [{ scope: '' }, 'scope must be a string that is not empty'],
  [{ environment: '' }, 'environment must be one of production, test, development'],
])('does not create a middleware with %j', (options, message) => {
  for (const create of [auth.express, auth.fastify, auth.hono, auth.node, auth.lambdaAuthorizer]) {
    expect(() => create(loosely(options))).toThrow(message);
  }
});

test('an authorizer has no options of HTTP', () => {
  expect(() => auth.lambdaAuthorizer(loosely({ trustedProxies: 1 }))).toThrow(TypeError);
});

test('does not validate with a misspelt restriction', async () => {
  const request = { key: 'hk_live_a', scopes: 'read' };
  await expect(auth.validate(request)).rejects.toThrow('validate has no option scopes');
});

test.each([
  [{ authorization: 'Bearer hk_live_a', 'x-api-key': 'hk_live_b' }, 'hk_live_a'],
  [{ authorization: 'Bearer jwt', 'x-api-key': 'hk_live_b' }, 'hk_live_b'],
  [{}, undefined],
])('finds the key in %j', (headers, key) => {
  expect(keyOf({ headers })).toBe(key);
  expect(keyOf(new Request('http://127.0.0.1', { headers }))).toBe(key);
});
