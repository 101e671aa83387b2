import { EventEmitter, once } from 'node:events';
import { createServer, get } from 'node:http';
import { connect, constants } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, jest, test } from '@jest/globals';
import createFastify from 'fastify';
import { Hono } from 'hono';
import { AuthUnavailable } from '../../../client/src/errors.ts';
import {
  createMiddleware,
  type Middleware,
} from '../../../client/src/middleware/create-middleware.ts';
import type {
  Gate,
  Refused,
  Report,
  Valid,
  ValidateOptions,
  Validation,
} from '../../../client/src/types.ts';
import { listenLocally } from '../../../infra/local/listen.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { until } from '../../support/until.ts';
import { FRAMEWORKS, hanging } from './frameworks.ts';

const VALID: Valid = {
  valid: true,
  headers: { RateLimit: '"hour";r=999;t=1800' },
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

const REFUSED: Refused = {
  valid: false,
  status: 401,
  code: 'revoked',
  error: 'API key is inactive or has been revoked',
  headers: {},
};

/** Creates middleware that decides on every key alike, with what it asked and reported. */
function createAnswering(
  before: () => Promise<unknown> = async () => {},
  answer: Validation | AuthUnavailable = VALID,
) {
  const asked: ValidateOptions[] = [];
  const reported: Report[] = [];
  const gate: Gate = {
    check: async (request) => {
      asked.push(request);
      await before();
      return answer;
    },
    report: (report) => reported.push(report),
  };
  return { ...createMiddleware(gate), asked, reported };
}

const WITH_KEY = { headers: { 'x-api-key': 'hk_live_a' } };

const REPORTED = {
  key: 'hk_live_a',
  keyId: VALID.keyId,
  responseTimeMs: expect.any(Number),
  predictionsCount: undefined,
};

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

describe.each(Object.entries(FRAMEWORKS))('%s', (_, { start }) => {
  test.each<[string, Validation]>([
    ['valid', VALID],
    ['refused', REFUSED],
  ])('leaves a request alone whose key is %s after a time-out', async (_name, answer) => {
    const clock = new EventEmitter();
    const auth = createAnswering(async () => {
      clock.emit('expired');
      await response;
    }, answer);
    const calls: Promise<unknown>[] = [];
    /** Records the calls, because frameworks handle a rejection in various ways. */
    const record =
      <Exchange extends unknown[], Result>(
        middleware: (...exchange: Exchange) => Promise<Result>,
      ) =>
      (...exchange: Exchange) => {
        const call = middleware(...exchange);
        calls.push(call);
        return call;
      };
    const recorded: Middleware = {
      ...auth,
      express: (options) => record(auth.express(options)),
      fastify: (options) => record(auth.fastify(options)),
      hono: (options) => record(auth.hono(options)),
      node: (options) => record(auth.node(options)),
    };
    const onReached = jest.fn();
    hanging.on('reached', onReached);
    const url = await start({ slow: { auth: recorded, timeout: once(clock, 'expired') } });
    const response = fetch(`${url}/slow/hang`, WITH_KEY);
    expect((await response).status).toBe(504);
    await until(() => calls.length > 0);
    await Promise.all(calls);
    expect(calls).toHaveLength(1);
    await new Promise(setImmediate);
    hanging.off('reached', onReached);
    expect(onReached).not.toHaveBeenCalled();
  });

  test('reports a request once that two checks have admitted', async () => {
    const auth = createAnswering();
    const inner = { auth, report: 'named' } as const;
    const url = await start({ twice: { auth, report: true, inner } });
    const response = await fetch(`${url}/twice/7`, WITH_KEY);
    await response.json();
    await until(() => auth.reported.length > 0);
    expect(auth.asked).toHaveLength(2);
    expect(auth.reported).toEqual([
      { ...REPORTED, endpoint: 'named', statusCode: 201, predictionsCount: 3 },
    ]);
  });
});

describe('Fastify with HTTP/2', () => {
  async function connectTo(auth: Middleware) {
    const app = createFastify({ http2: true });
    cleanUp(() => app.close());
    app.addHook('onRequest', auth.fastify({ report: true }));
    app.get('/things/:id', async () => 'thing');
    const session = connect(await app.listen({ port: 0, host: '127.0.0.1' }));
    cleanUp(() => session.close());
    const received = once(app.server, 'request');
    const request = session.request({ ':path': '/things/7', 'x-api-key': 'hk_live_a' });
    return { request, received };
  }

  test('serves and reports a request', async () => {
    const auth = createAnswering();
    const { request } = await connectTo(auth);
    const [headers] = await once(request, 'response');
    expect(await text(request)).toBe('thing');
    expect(headers).toMatchObject({ ':status': 200, ratelimit: VALID.headers.RateLimit });
    await until(() => auth.reported.length > 0);
    expect(auth.reported).toEqual([{ ...REPORTED, endpoint: '/things/:id', statusCode: 200 }]);
  });

  test('reports a request once whose client cancels during the check', async () => {
    const auth = createAnswering(async () => {
      const [, response] = await received;
      request.close(constants.NGHTTP2_CANCEL);
      await once(response, 'close');
    });
    const { request, received } = await connectTo(auth);
    await until(() => auth.reported.length > 0);
    expect(auth.reported).toEqual([{ ...REPORTED, endpoint: '/things/:id', statusCode: 0 }]);
  });
});

describe('Hono', () => {
  /** An answer that others make; Node.js has no constructor for it. */
  const switching = () => Object.defineProperty(new Response(), 'status', { value: 101 });

  test.each<[string, number, () => Response, string | undefined]>([
    [
      'a redirect, whose headers are immutable',
      302,
      () => Response.redirect('http://a.test', 302),
      VALID.headers.RateLimit,
    ],
    ['a change of protocols, which can not be copied', 101, switching, undefined],
  ])('serves %s', async (_, status, respond, rateLimit) => {
    const { hono } = createAnswering();
    const app = new Hono();
    app.get('/', hono(), () => respond());
    const response = await app.request('/', WITH_KEY);
    expect(response.status).toBe(status);
    expect(response.headers.get('RateLimit') ?? undefined).toBe(rateLimit);
  });

  test('warns that it does not report where it does not run on Node.js', async () => {
    const { hono, asked, reported } = createAnswering();
    const app = new Hono();
    app.get('/', hono({ report: true }), (c) => c.text('ok'));
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect((await app.request('/', WITH_KEY)).status).toBe(200);
    expect(warn.mock.calls).toEqual([
      ['A request was not reported: it has no response of Node.js'],
    ]);
    warn.mockRestore();
    expect(asked).toEqual([{ key: 'hk_live_a', clientIp: '' }]);
    expect(reported).toEqual([]);
  });
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
