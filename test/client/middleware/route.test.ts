import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { expect, jest, test } from '@jest/globals';
import { Hono } from 'hono';
import { createMiddleware } from '../../../client/src/middleware/create-middleware.ts';
import type { Gate, Report, Valid, ValidateOptions } from '../../../client/src/types.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { until } from '../../support/until.ts';

const VALID: Valid = {
  valid: true,
  headers: {},
  keyId: 'b0a6c2de-6a53-4b7e-9d44-1f0a7c35e2b8',
  userId: 'user',
  serviceId: 'prediction',
  scopes: [],
  rateLimitPerHour: 1000,
  billingPlan: 'free',
  monthlyPredictionLimit: null,
  environment: 'production',
  expiresAt: null,
  rateLimit: { limit: 1000, remaining: 999, resetAt: '2026-11-23T19:00:00.000Z' },
};

/** Creates middleware whose every key is valid, with what it asked and reported. */
function createAccepting(before: () => Promise<unknown> = async () => {}) {
  const asked: ValidateOptions[] = [];
  const reported: Report[] = [];
  const gate: Gate = {
    check: async (request) => {
      asked.push(request);
      await before();
      return VALID;
    },
    report: (report) => reported.push(report),
  };
  return { ...createMiddleware(gate), asked, reported };
}

const REPORTED = {
  key: 'hk_live_a',
  keyId: VALID.keyId,
  responseTimeMs: expect.any(Number),
  predictionsCount: undefined,
  idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
};

test('reports a request once whose client disconnects during the check', async () => {
  const server = createServer();
  cleanUp(() => server.close());
  const { node, reported } = createAccepting(async () => {
    const [, response] = await exchange;
    request.destroy();
    await once(response, 'close');
  });
  const exchange = once(server, 'request');
  const request = get(`${await listenLocally(server)}/path?query`, {
    headers: { authorization: 'Bearer hk_live_a' },
  });
  request.on('error', () => {});
  const [incoming, response] = await exchange;
  await node({ report: true })(incoming, response);
  expect(reported).toEqual([{ ...REPORTED, endpoint: '/path', statusCode: 0 }]);
});

test('reads headers of several lines', async () => {
  const { node, asked } = createAccepting();
  const check = node({ trustedProxies: 2 });
  const server = createServer(async (request, response) => {
    if (await check(request, response)) response.end();
  });
  cleanUp(() => server.close());
  const url = await listenLocally(server);
  const request = get(url, {
    agent: false,
    headers: [
      'host',
      'localhost',
      'x-api-key',
      'hk_live_a',
      'x-forwarded-for',
      '192.0.2.1, 192.0.2.2',
      'x-forwarded-for',
      '192.0.2.3',
      'authorization',
      'Bearer one',
      'authorization',
      'Bearer two',
    ],
  });
  const [response] = await once(request, 'response');
  response.resume();
  expect(asked).toEqual([{ key: 'hk_live_a', clientIp: '192.0.2.2' }]);
});

test('turns an error of a callback into a warning', async () => {
  const { hono, reported } = createAccepting();
  const app = new Hono();
  const report = {
    predictions() {
      throw new Error('of the callback');
    },
  };
  app.get('/', hono({ report }), (c) => c.text('ok'));
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  expect((await app.request('/', { headers: { 'x-api-key': 'hk_live_a' } })).status).toBe(200);
  const message = expect.stringMatching(/^A request was not reported: Error: of the callback\n/);
  expect(warn.mock.calls).toEqual([[message]]);
  warn.mockRestore();
  expect(reported).toEqual([]);
});

test('reports after the handler where Hono does not run on Node.js', async () => {
  const { hono, asked, reported } = createAccepting();
  const app = new Hono();
  app.get('/things/:id', hono({ report: true }), (c) => c.text('no', 404));
  await app.request('/things/7', { headers: { 'x-api-key': 'hk_live_a' } });
  await until(() => reported.length > 0);
  expect(asked).toEqual([{ key: 'hk_live_a', clientIp: '' }]);
  expect(reported).toEqual([{ ...REPORTED, endpoint: '/things/:id', statusCode: 404 }]);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'throws for %d trusted proxies',
  (trustedProxies) => {
    const { express, fastify, hono, node } = createAccepting();
    for (const create of [express, fastify, hono, node]) {
      expect(() => create({ trustedProxies })).toThrow(RangeError);
    }
  },
);
