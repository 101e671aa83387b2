import { once } from 'node:events';
import { get } from 'node:http';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Auth, createAuth } from '../../../client/src/index.ts';
import { cleanUp } from '../../support/clean-up.ts';
import { useService } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { startFake } from '../fake-service.ts';
import { FRAMEWORKS, hanging, type Route } from './frameworks.ts';
import { hourHeaders, REFUSALS, TITLES } from './refusals.ts';

const TIMEOUT_MS = 50;

const service = useService();
let auth: Auth;
let down: Auth;
/** The key of each refusal, the same for all frameworks. */
const keys = new Map<unknown, string | undefined>();
let routes: Record<string, Route>;
/** Whether each failure of the down or slow service let the request through. */
const unavailable: boolean[] = [];

beforeAll(async () => {
  const silent = await startFake(() => 'hang');
  const stopped = await startFake(() => 'hang');
  stopped.stop();
  const settings = { serviceId: 'prediction', timeoutMs: TIMEOUT_MS, leases: false } as const;
  const onUnavailable = ({ failedOpen }: { failedOpen: boolean }) => unavailable.push(failedOpen);
  auth = createAuth({ ...settings, timeoutMs: 5000, url: service.url });
  down = createAuth({ ...settings, url: stopped.url, onUnavailable });
  const slow = createAuth({ ...settings, url: silent.url, onUnavailable });
  for (const client of [auth, down, slow]) cleanUp(() => client.close());
  routes = {
    plain: { auth },
    scoped: { auth, options: { scope: 'write' } },
    staging: { auth, options: { environment: 'test' } },
    proxied: { auth, options: { trustedProxies: 1 } },
    reported: { auth, report: true },
    named: { auth, report: 'named' },
    down: { auth: down },
    slow: { auth: slow },
    open: { auth: down, options: { failOpen: true } },
    openInside: { auth, inner: { auth: down, options: { failOpen: true } } },
  };
  await Promise.all(
    REFUSALS.map(async (refusal) => keys.set(refusal, await refusal.key?.(service))),
  );
});

describe.each(Object.entries(FRAMEWORKS))('%s', (_, { start, pattern }) => {
  let url: string;
  beforeAll(async () => {
    url = await start(routes);
  });

  async function send(path: string, headers: Record<string, string> = {}) {
    const response = await fetch(url + path, { headers });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.json(),
    };
  }
  const connection = {
    date: expect.anything(),
    connection: 'keep-alive',
    'keep-alive': expect.anything(),
  };
  const served = (key_id: string | null, headers: object = hourHeaders(1000, 999)) => ({
    status: 201,
    headers: {
      ...connection,
      'content-type': expect.stringMatching(/^application\/json\b/),
      'content-length': expect.anything(),
      'x-predictions': '3',
      ...headers,
    },
    body: { key_id },
  });

  test('lets a request with a valid key through', async () => {
    const { api_key, key_id } = await service.create();
    expect(await send('/plain/7', { authorization: `Bearer ${api_key}` })).toEqual(served(key_id));
  });

  test.each(REFUSALS)('answers $code of the route $route', async (refusal) => {
    const { code, route, status, detail, headers } = refusal;
    const key = keys.get(refusal);
    expect(await send(`/${route}/7`, key ? { 'x-api-key': key } : {})).toEqual({
      status,
      headers: {
        ...connection,
        'content-type': expect.stringMatching(/^application\/problem\+json\b/),
        'content-length': expect.anything(),
        'cache-control': 'no-store',
        ...(status === 401 && { 'www-authenticate': 'Bearer' }),
        ...headers,
      },
      body: { type: 'about:blank', title: TITLES[status], status, detail, code },
    });
  });

  test('lets a request through without a key while the service is down, if told to', async () => {
    const before = down.stats().failedOpen;
    expect(await send('/open/7', { 'x-api-key': 'hk_live_any' })).toEqual(served(null, {}));
    expect(unavailable.at(-1)).toBe(true);
    expect(down.stats().failedOpen).toBe(before + 1);
  });

  test('takes the key of an outer check away if the inner one can not be made', async () => {
    const { api_key } = await service.create();
    expect(await send('/openInside/7', { 'x-api-key': api_key })).toEqual(served(null));
  });

  test('takes the address of the client from the proxy, and only if there is one', async () => {
    const { api_key, key_id } = await service.create({ allowed_ips: ['203.0.113.7'] });
    const headers = { 'x-api-key': api_key, 'x-forwarded-for': '1.1.1.1, 203.0.113.7' };
    expect(await send('/proxied/7', headers)).toEqual(served(key_id));
    expect((await send('/plain/7', headers)).body).toMatchObject({ code: 'ip_not_allowed' });
  });

  /** Returns the reports of a key, once there are as many as expected. */
  async function reportsOf(keyId: string, sent: number) {
    await until(() => auth.stats().reported === sent);
    return service.usageItems(`log#${keyId}`);
  }

  test.each([
    ['reported', pattern('reported'), 0],
    ['named', 'named', 3],
  ])('reports a request to the route %s', async (route, endpoint, predictions_count) => {
    const { api_key, key_id } = await service.create();
    const before = auth.stats().reported;
    await send(`/${route}/7?api_key=secret`, { 'x-api-key': api_key });
    expect(await reportsOf(key_id, before + 1)).toEqual([
      expect.objectContaining({ endpoint, predictions_count, status_code: 201 }),
    ]);
  });

  test('reports a request once whose client has disconnected', async () => {
    const { api_key, key_id } = await service.create();
    const before = auth.stats().reported;
    const request = get(`${url}/reported/hang`, { headers: { 'x-api-key': api_key } });
    request.on('error', () => {});
    await once(hanging, 'reached');
    request.destroy();
    expect(await reportsOf(key_id, before + 1)).toEqual([
      expect.objectContaining({ status_code: 0 }),
    ]);
  });
});
