import { expect, test } from '@jest/globals';
import { createAuth } from '../../client/src/auth.ts';
import { zeroCounters } from '../../client/src/counters.ts';
import { AuthRejected, AuthUnavailable } from '../../client/src/errors.ts';
import { Reporter } from '../../client/src/reporter.ts';
import type { Report } from '../../client/src/types.ts';
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
  return { ...fake, auth: createAuth({ url: fake.url, serviceId: 'prediction' }) };
}

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

test('drops a report that the service does not accept', async () => {
  const { auth, received } = await authOf(() => ({ status: 404, body: { detail: 'No key' } }));
  auth.report(REPORT);
  auth.report({ ...REPORT, key: 'hk\nlive' });
  await until(() => auth.stats().dropped === 2);
  expect(received).toHaveLength(1);
});

test('sends what waits before it closes, and drops what comes later', async () => {
  const { auth } = await authOf(() => RECORDED);
  for (let i = 0; i < 100; i++) auth.report(REPORT);
  await auth.close();
  auth.report(REPORT);
  expect(auth.stats()).toMatchObject({ reported: 100, dropped: 1 });
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
  const { auth } = await authOf(() => 'hang');
  for (let i = 0; i < 10; i++) auth.report(REPORT);
  await auth.close({ timeoutMs: 50 });
  expect(auth.stats()).toMatchObject({ reported: 0, dropped: 10 });
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

test('sends four reports at a time, and keeps 10,000 more', async () => {
  const { counters, ends, sent, reporter } = createHeld();
  for (let i = 0; i < 10_010; i++) reporter.report({ ...REPORT, endpoint: `/${i}` });
  expect(sent).toHaveLength(4);
  expect(counters.dropped).toBe(6);
  ends[0]?.();
  await until(() => sent.length === 5);
  expect(sent.map(({ endpoint }) => endpoint)).toEqual(['/0', '/1', '/2', '/3', '/4']);
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
  const reporter = new Reporter(record, counters, async (milliseconds) => {
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
