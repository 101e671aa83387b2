import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { expect, jest, test } from '@jest/globals';
import { Hono } from 'hono';
import { AuthUnavailable } from '../../../client/src/errors.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { until } from '../../support/until.ts';
import { createAnswering, REPORTED, WITH_KEY } from './answering.ts';

test('reports a request once whose client disconnects during the check', async () => {
  const server = createServer();
  cleanUp(() => server.close());
  const { node, reported } = createAnswering(async () => {
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
  const { node, asked } = createAnswering();
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
  const { node, reported } = createAnswering();
  const check = node({
    report: {
      predictions() {
        throw new Error('of the callback');
      },
    },
  });
  const server = createServer(async (request, response) => {
    if (await check(request, response)) response.end();
  });
  cleanUp(() => server.close());
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  expect((await fetch(await listenLocally(server), WITH_KEY)).status).toBe(200);
  await until(() => warn.mock.calls.length > 0);
  const message = expect.stringMatching(/^A request was not reported: Error: of the callback\n/);
  expect(warn.mock.calls).toEqual([[message]]);
  warn.mockRestore();
  expect(reported).toEqual([]);
});

test.each<[string, string, { isOutage?: boolean }, number]>([
  ['lets a request through in an outage', '{"failOpen":true}', {}, 200],
  ['refuses a request if told with a text', '{"failOpen":"false"}', {}, 503],
  ['refuses a request that the service rejects', '{"failOpen":true}', { isOutage: false }, 503],
])('%s', async (_, options, error, status) => {
  const { hono } = createAnswering(undefined, new AuthUnavailable('of the test', error));
  const app = new Hono();
  app.get('/', hono(JSON.parse(options)), (c) => c.text('ok'));
  expect((await app.request('/', WITH_KEY)).status).toBe(status);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'throws for %d trusted proxies',
  (trustedProxies) => {
    const { express, fastify, hono, node } = createAnswering();
    for (const create of [express, fastify, hono, node]) {
      expect(() => create({ trustedProxies })).toThrow(RangeError);
    }
  },
);
