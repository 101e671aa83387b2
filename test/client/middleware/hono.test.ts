import { expect, jest, test } from '@jest/globals';
import { Hono } from 'hono';
import { createAnswering, VALID, WITH_KEY } from './answering.ts';

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
  expect(warn.mock.calls).toEqual([['A request was not reported: it has no response of Node.js']]);
  warn.mockRestore();
  expect(asked).toEqual([{ key: 'hk_live_a', clientIp: '' }]);
  expect(reported).toEqual([]);
});
