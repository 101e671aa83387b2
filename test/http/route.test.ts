import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Principal } from '../../lib/domain/principal.ts';
import type { ReplyTo } from '../../lib/http/openapi/operations.ts';
import { type RouteOptions, route } from '../../lib/http/route.ts';
import { deadlineSignal } from '../../lib/runtime/deadline.ts';
import { apiEvent } from '../support/api-event.ts';
import { logLines } from '../support/log-lines.ts';
import { resultHeaders } from '../support/service.ts';

type Healthy = ReplyTo<'GET /health'>;
const HEALTHY: Healthy = { status: 200, body: { status: 'healthy' } };

/** An event that API Gateway received `ago` milliseconds ago. */
function eventOf(ago: number): APIGatewayProxyEventV2 {
  const now = new Date(Date.now() - ago);
  // The test's event has all that the route reads, not all that API Gateway sends.
  return apiEvent('GET', '/', {
    headers: { authorization: 'Bearer x' },
    now,
  }) as unknown as APIGatewayProxyEventV2;
}

/** A context of a function that has just been invoked with 5 seconds to run. */
function freshContext(): Context {
  const endsAt = Date.now() + 5000;
  return { getRemainingTimeInMillis: () => endsAt - Date.now() } as Context;
}

/** Calls a route; returns its answer and how long it took. */
async function call(
  ago: number,
  handle: () => Promise<Healthy>,
  options: RouteOptions<undefined, undefined> = {},
) {
  const event = eventOf(ago);
  const began = performance.now();
  const { headers, statusCode, body } = await route(
    'GET /health',
    options,
    handle,
  )(event, freshContext());
  const took = performance.now() - began;
  return { answer: { statusCode, headers, body: JSON.parse(body ?? '') }, took, event };
}

const unavailable = (requestId: string) => ({
  statusCode: 503,
  headers: {
    ...resultHeaders(requestId),
    'Content-Type': 'application/problem+json',
    'Retry-After': '1',
  },
  body: {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'Service temporarily unavailable',
  },
});

/** Neither ends by itself nor keeps the process running. */
const never = () => new Promise<Healthy>(() => {});

test.each([undefined, false] as const)(
  'a request that waited for a cold start is answered within 4 s of its receipt (deadline: %s)',
  async (deadline) => {
    const { answer, took, event } = await call(3000, never, { deadline });
    expect(answer).toEqual(unavailable(event.requestContext.requestId));
    expect(took).toBeLessThan(1000);
  },
);

test('a request whose authentication gets no answer is answered within 4 s as well', async () => {
  const options = { authenticate: () => new Promise<Principal>(() => {}) };
  const { answer, took, event } = await call(3000, never, options);
  expect(answer).toEqual(unavailable(event.requestContext.requestId));
  expect(took).toBeLessThan(1000);
});

test('the deadline of a request counts from its receipt', async () => {
  const { answer, took } = await call(2500, async () => {
    const signal = deadlineSignal() as AbortSignal;
    if (!signal.aborted) await once(signal, 'abort');
    return HEALTHY;
  });
  expect(answer.statusCode).toBe(200);
  expect(took).toBeLessThan(850);
});

test('a request that timed out is logged once, even if its handler ends later', async () => {
  const measured: number[] = [];
  let finish = (_: Healthy) => {};
  const handling = new Promise<Healthy>((resolve) => {
    finish = resolve;
  });
  const options: RouteOptions<undefined, undefined> = {
    measure: ({ status }) => {
      measured.push(status);
      return undefined;
    },
  };
  const lines = await logLines(async () => {
    const { answer, event } = await call(3300, () => handling, options);
    expect(answer).toEqual(unavailable(event.requestContext.requestId));
    finish(HEALTHY);
    await handling;
    await new Promise(setImmediate);
  });
  expect(lines).toMatchObject([
    { level: 'ERROR', message: 'unavailable' },
    { level: 'INFO', message: 'request', status: 503, code: 'unavailable' },
  ]);
  expect(measured).toEqual([503]);
});

test('an unexpected error is logged, and answered with a 500 that shows nothing of it', async () => {
  const handle = () => Promise.reject(new Error('connect to 10.0.0.1'));
  const lines = await logLines(async () => {
    const { answer, event } = await call(0, handle);
    const { requestId } = event.requestContext;
    expect(answer).toEqual({
      statusCode: 500,
      headers: { ...resultHeaders(requestId), 'Content-Type': 'application/problem+json' },
      body: {
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        detail: 'Internal server error',
      },
    });
  });
  expect(lines).toMatchObject([
    { level: 'ERROR', message: 'internal', error: { message: 'connect to 10.0.0.1' } },
    { level: 'INFO', message: 'request', status: 500, code: 'internal' },
  ]);
});

test('an empty key_id is answered like that of an unknown key, without calling the handler', async () => {
  const event = { ...eventOf(0), pathParameters: { key_id: '' } };
  const { requestId } = event.requestContext;
  const handle = () => {
    throw new Error('called');
  };
  const result = await route('GET /health', {}, handle)(event, freshContext());
  expect({ ...result, body: JSON.parse(result.body ?? '') }).toEqual({
    statusCode: 404,
    headers: { ...resultHeaders(requestId), 'Content-Type': 'application/problem+json' },
    body: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'API key not found' },
  });
});
