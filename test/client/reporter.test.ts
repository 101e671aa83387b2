import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { createAuth } from '../../client/src/auth.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { AuthRejected, AuthUnavailable } from '../../client/src/errors.ts';
import { Reporter } from '../../client/src/reporter.ts';
import type { DroppedEvent, Report } from '../../client/src/types.ts';
import type { IdentifiedReport } from '../../client/src/usage.ts';
import { until } from '../support/until.ts';
import { type FakeAnswer, type Fault, startFake } from './fake-service.ts';
import { settled } from './virtual-time.ts';

const REPORT: Report = {
  key: 'hk_live_key',
  keyId: '5d0c8f9a-0c1e-5b7a-9a50-3a0a4b6d2f11',
  endpoint: '/v1/predict',
  statusCode: 200,
  responseTimeMs: 12.5,
};
const RECORDED: FakeAnswer = { status: 200, body: { message: 'Usage recorded successfully' } };

async function authOf(next: (index: number) => FakeAnswer | Fault) {
  const fake = await startFake(next);
  const dropped: DroppedEvent[] = [];
  const auth = createAuth({
    url: fake.url,
    serviceId: 'prediction',
    onDropped: (event) => dropped.push(event),
  });
  return { ...fake, auth, dropped };
}

const { key: _, ...SENT } = REPORT;

test('sends reports in the background, with a key that identifies each', async () => {
  const { auth, received } = await authOf(() => RECORDED);
  auth.report(REPORT);
  auth.report({ ...REPORT, predictionsCount: 3, computeMs: 7, idempotencyKey: 'mine' });
  await until(() => auth.stats().reported === 2);
  const body = {
    service_id: 'prediction',
    endpoint: '/v1/predict',
    status_code: 200,
    response_time_ms: 12.5,
  };
  expect(received).toEqual([
    {
      method: 'POST',
      path: `/api/v1/usage/${REPORT.keyId}`,
      headers: expect.objectContaining({ authorization: `Bearer ${REPORT.key}` }),
      body: { ...body, idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    },
    expect.objectContaining({
      body: { ...body, predictions_count: 3, compute_ms: 7, idempotency_key: 'mine' },
    }),
  ]);
});

test('sends a report again after no answer, 5xx and 429, so that it counts once', async () => {
  const answers: (FakeAnswer | Fault)[] = [
    { status: 503, body: {} },
    'cut',
    'cut',
    { status: 429, body: {} },
  ];
  const { auth, received } = await authOf((index) => answers[index] ?? RECORDED);
  auth.report(REPORT);
  await until(() => auth.stats().reported === 1);
  expect(received).toHaveLength(5);
  expect(new Set(received.map(({ body }) => body.idempotency_key)).size).toBe(1);
  expect(auth.stats().dropped).toBe(0);
});

test.each([
  [404, { detail: 'No key' }, expect.objectContaining({ name: 'AuthRejected', message: 'No key' })],
  [403, '<html>', expect.objectContaining({ name: 'AuthUnavailable', status: 403 })],
])('drops a report that the service answers with %d', async (status, body, error) => {
  const { auth, received, dropped } = await authOf(() => ({ status, body }));
  auth.report({ ...REPORT, idempotencyKey: 'mine' });
  await until(() => auth.stats().dropped === 1);
  expect(received).toHaveLength(1);
  const report = { ...SENT, idempotencyKey: 'mine' };
  expect(dropped).toEqual([{ reason: 'rejected', report, error }]);
});

test.each([
  { key: 'hk\nlive' },
  { statusCode: Number.NaN },
  { responseTimeMs: Number.POSITIVE_INFINITY },
  { responseTimeMs: -1 },
  { computeMs: Number.NaN },
  { predictionsCount: Number.NaN },
  { predictionsCount: -1 },
  { predictionsCount: 1.5 },
])('drops a report that is invalid without sending it: %p', async (wrong) => {
  const { auth, received, dropped } = await authOf(() => RECORDED);
  auth.report({ ...REPORT, ...wrong });
  expect(auth.stats().dropped).toBe(1);
  const { key: _, ...report } = { ...REPORT, ...wrong };
  expect(dropped).toEqual([{ reason: 'invalid', report }]);
  await auth.close();
  expect(received).toEqual([]);
});

test('goes on although the hook of a dropped report throws', async () => {
  const { url } = await startFake(() => RECORDED);
  const onDropped = () => {
    throw new Error('of a hook');
  };
  const auth = createAuth({ url, serviceId: 'prediction', onDropped });
  auth.report({ ...REPORT, statusCode: -1 });
  auth.report(REPORT);
  await auth.close();
  expect(auth.stats()).toMatchObject({ reported: 1, dropped: 1 });
});

test('sends reports outside the async context of the request that makes them', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const record = async () => {
    await settled();
    seen.push(context.getStore());
  };
  const reporter = new Reporter(record, zeroCounters());
  for (let i = 0; i < 6; i++) context.run('of a request', () => reporter.report(REPORT));
  await until(() => seen.length === 6);
  expect(seen).toEqual(Array(6).fill(undefined));
});

test('sends what waits before it closes, and drops what comes later', async () => {
  const { auth, dropped } = await authOf(() => RECORDED);
  for (let i = 0; i < 100; i++) auth.report(REPORT);
  await auth.close();
  auth.report(REPORT);
  expect(auth.stats()).toMatchObject({ reported: 100, dropped: 1 });
  expect(dropped).toEqual([{ reason: 'closed', report: SENT }]);
});

test('tries once more when it closes, without the rest of a pause', async () => {
  let isDown = true;
  const { auth, received } = await authOf(() => (isDown ? { status: 503, body: {} } : RECORDED));
  auth.report(REPORT);
  await until(() => received.length === 3);
  isDown = false;
  await auth.close();
  expect(auth.stats()).toMatchObject({ reported: 1, dropped: 0 });
});

test('drops what it could not send within the time for closing', async () => {
  const { auth, dropped } = await authOf(() => 'hang');
  for (let i = 0; i < 10; i++) auth.report({ ...REPORT, endpoint: `/${i}` });
  await auth.close({ timeoutMs: 50 });
  expect(auth.stats()).toMatchObject({ reported: 0, dropped: 10 });
  expect(dropped.map(({ reason, report }) => [reason, report.endpoint])).toEqual(
    Array.from({ length: 10 }, (_, i) => ['closed', `/${i}`]),
  );
});

/** Creates a reporter whose reports the test ends. */
function createHeld() {
  const counters = zeroCounters();
  const ends: (() => void)[] = [];
  const sent: IdentifiedReport[] = [];
  const record = (report: IdentifiedReport) => {
    sent.push(report);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  return { counters, ends, sent, reporter: new Reporter(record, counters) };
}

test('sends four reports at a time, up to 32 when more wait, and keeps 10,000 more', async () => {
  const { counters, ends, sent, reporter } = createHeld();
  const report = (from: number, to: number) => {
    for (let i = from; i < to; i++) reporter.report({ ...REPORT, endpoint: `/${i}` });
  };
  report(0, 44);
  expect(sent).toHaveLength(4);
  report(44, 55);
  expect(sent).toHaveLength(5);
  report(55, 10_034);
  expect(sent).toHaveLength(32);
  expect(counters.dropped).toBe(2);
  ends[0]?.();
  await until(() => sent.length === 33);
  expect(sent.map(({ endpoint }) => endpoint)).toEqual(
    Array.from({ length: 33 }, (_, i) => `/${i}`),
  );
});

test('does not count a report twice that ends after the time for closing', async () => {
  const { counters, ends, reporter } = createHeld();
  reporter.report(REPORT);
  await reporter.close(1);
  ends[0]?.();
  await settled();
  expect(counters).toMatchObject({ reported: 0, dropped: 1 });
});

test.each([
  ['the ninth retry', new AuthUnavailable('No answer'), 10],
  ['the first try that is not accepted', new AuthRejected('No key', 404), 1],
])('gives a report up after %s', async (_, error, tries) => {
  const counters = zeroCounters();
  let tried = 0;
  const pauses: number[] = [];
  const record = async () => {
    tried++;
    throw error;
  };
  const reporter = new Reporter(record, counters, undefined, async (milliseconds) => {
    pauses.push(milliseconds);
  });
  reporter.report(REPORT);
  await until(() => counters.dropped === 1);
  expect(tried).toBe(tries);
  const longest = [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
  expect(pauses).toHaveLength(tries - 1);
  pauses.forEach((pause, i) => {
    expect(pause).toBeGreaterThanOrEqual((longest[i] ?? 0) / 2);
    expect(pause).toBeLessThanOrEqual(longest[i] ?? 0);
  });
});
