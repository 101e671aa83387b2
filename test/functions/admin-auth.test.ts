import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKey } from '../../lib/domain/key.ts';
import { type FunctionName, routes } from '../../lib/routes.ts';
import { captureIssued } from '../support/captured.ts';
import { ADMIN_TOKEN } from '../support/client.ts';
import { countedIn, logLines } from '../support/log-lines.ts';
import { invalid, notAuthenticated, useService } from '../support/service.ts';

const service = useService();
let key: { api_key: string; key_id: string };
beforeAll(async () => {
  key = await service.create();
});

/** The functions that others than administrators may call; a new function is tested here. */
const OPEN: readonly FunctionName[] = [
  'validate-key',
  'record-usage',
  'debit-usage',
  'health',
  'ready',
  'docs',
  'not-found',
];

describe.each(routes.filter((route) => !OPEN.includes(route.function)))(
  '$method $path',
  (route) => {
    const call = (headers: Record<string, string>) => {
      const path = route.path.replace('{key_id}', key.key_id);
      return service.call(route.method, path, { headers, admin: false });
    };

    test.each([
      ['no header', {}],
      ['an empty header', { authorization: '' }],
      ['a scheme without a token', { authorization: 'Bearer' }],
      ['the token in another header', { 'x-api-key': ADMIN_TOKEN }],
    ])('rejects %s with 401 Not authenticated', async (_, headers: Record<string, string>) => {
      expect(await call(headers)).toEqual(notAuthenticated);
    });

    test.each([
      ['another scheme', `Basic ${ADMIN_TOKEN}`],
      ['a wrong token', `Bearer ${ADMIN_TOKEN}x`],
      ['a part of the token', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
      ['the token twice', `Bearer ${ADMIN_TOKEN},Bearer ${ADMIN_TOKEN}`],
      ['another case', `Bearer ${ADMIN_TOKEN.toUpperCase()}`],
    ])('rejects %s with 401 Invalid authentication credentials', async (_, authorization) => {
      expect(await call({ authorization })).toEqual(invalid);
    });

    test('rejects a key of the service as an admin token', async () => {
      expect(await call({ authorization: `Bearer ${key.api_key}` })).toEqual(invalid);
    });
  },
);

test("ignores the scheme's case and spaces around the token", async () => {
  const headers = { authorization: `  bEARER   ${ADMIN_TOKEN}  ` };
  expect((await service.call('GET', '/api/v1/keys', { headers, admin: false })).status).toBe(200);
});

test('changes nothing for a request that it rejects', async () => {
  const { body } = await service.call('GET', '/api/v1/keys');
  expect(body).toHaveLength(1);
  expect((await service.validate(key.api_key)).status).toBe(200);
});

describe('metrics of rejected requests', () => {
  const before = process.env.KEY_ENVIRONMENTS;
  beforeAll(() => {
    process.env.KEY_ENVIRONMENTS = 'production';
  });
  afterAll(() => {
    process.env.KEY_ENVIRONMENTS = before;
  });
  const foreign = generateKey('test', randomInt).text;
  captureIssued(foreign);
  // Replaces the last character by another, so that the checksum is wrong.
  const madeUp = foreign.slice(0, -1) + (foreign.endsWith('0') ? '1' : '0');

  test.each<[string, Record<string, string>, object]>([
    ['no credentials', {}, { ClientErrors: 1 }],
    ['a scheme without a token', { authorization: 'Bearer' }, { ClientErrors: 1 }],
    [
      'a wrong token',
      { authorization: 'Bearer guess' },
      { AdminAuthenticationFailures: 1, ClientErrors: 1 },
    ],
    [
      'another scheme',
      { authorization: 'Basic guess' },
      { AdminAuthenticationFailures: 1, ClientErrors: 1 },
    ],
    [
      'a key of another environment',
      { authorization: `Bearer ${foreign}` },
      { EnvironmentMismatches: 1, ClientErrors: 1 },
    ],
    [
      'a made-up key of another environment',
      { authorization: `Bearer ${madeUp}` },
      { ClientErrors: 1 },
    ],
  ])('counts a request that is rejected for %s', async (_, headers, counted) => {
    for (const [method, path] of [
      ['GET', '/api/v1/keys'],
      ['DELETE', `/api/v1/keys/${key.key_id}`],
      ['POST', `/api/v1/usage/${key.key_id}`],
    ] as const) {
      const lines = await logLines(async () => {
        expect((await service.call(method, path, { headers, admin: false })).status).toBe(401);
      });
      expect([path, countedIn(lines)]).toEqual([path, [counted]]);
    }
  });
});

test('counts a client error for every other 4xx, and the requests of the token', async () => {
  const statuses: number[] = [];
  const lines = await logLines(async () => {
    for (const [method, path] of [
      ['GET', '/health'],
      ['GET', '/api/v1/keys'],
      ['GET', '/nowhere'],
      ['PATCH', `/api/v1/keys/${key.key_id}`],
      ['GET', '/api/v1/keys/no-id'],
    ] as const) {
      const body = method === 'PATCH' ? { nonsense: 1 } : undefined;
      statuses.push((await service.call(method, path, { body })).status);
    }
  });
  expect(statuses).toEqual([200, 200, 404, 400, 404]);
  expect(countedIn(lines)).toEqual([
    {},
    { TokenRequests: 1 },
    { ClientErrors: 1 },
    { ClientErrors: 1, TokenRequests: 1 },
    { ClientErrors: 1, TokenRequests: 1 },
  ]);
});

test('counts no client error for an outage', async () => {
  service.dynamodb.mode = 'cut';
  const lines = await logLines(async () => {
    expect((await service.call('GET', `/api/v1/keys/${key.key_id}`)).status).toBe(503);
  });
  service.dynamodb.mode = 'pass';
  expect(countedIn(lines.filter(({ message }) => message === 'request'))).toEqual([
    { ServerErrors: 1, TokenRequests: 1 },
  ]);
});
