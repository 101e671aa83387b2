import { EventEmitter, once } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import type { Middleware } from '../../../client/src/middleware/create-middleware.ts';
import type { Validation } from '../../../client/src/types.ts';
import { until } from '../../support/until.ts';
import { createAnswering, REFUSED, REPORTED, VALID, WITH_KEY } from './answering.ts';
import { FRAMEWORKS, hanging } from './frameworks.ts';

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
