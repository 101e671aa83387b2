import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import createFastify from 'fastify';
import type { Middleware } from '../../../client/src/middleware/create-middleware.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { until } from '../../support/until.ts';
import { createAnswering, REPORTED, VALID } from './answering.ts';

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
