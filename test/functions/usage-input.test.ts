import { beforeEach, expect, test } from '@jest/globals';
import { COMMON_HEADERS, NOW, problem, useService } from '../support/service.ts';

const service = useService();
beforeEach(() => {
  service.clock.now = NOW;
});

const USAGE = {
  service_id: 'prediction',
  endpoint: '/v1/predict',
  status_code: 200,
  response_time_ms: 12.5,
  predictions_count: 3,
};
const answered = (body: unknown) => ({ status: 200, headers: COMMON_HEADERS, body });
const report = (path: string, changes: object) =>
  service.call('POST', `/api/v1/usage/${path}`, { body: { ...USAGE, ...changes } });
const topEndpoints = async (keyId: string) =>
  (await service.usage(`/${keyId}/stats`)).body.top_endpoints;

test('a debit before the request is served, with status 0, is counted and is no error', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  expect(await report(`${key_id}/debit`, { status_code: 0, response_time_ms: 0 })).toEqual(
    answered({ message: 'Usage debited successfully', remaining: 7 }),
  );
  expect(await report(key_id, { status_code: 0, response_time_ms: 0 })).toEqual(
    answered({ message: 'Usage recorded successfully' }),
  );
  const { body } = await service.usage(`/${key_id}/stats`);
  expect(body).toMatchObject({ total_requests: 2, total_predictions: 6, error_rate: 0 });
});

test.each([-1, 1, 99, 600, 0.5, '0', false])('a status of %j is refused', async (status_code) => {
  const { key_id } = await service.create();
  const message = 'must be 0 or a whole number from 100 to 599';
  const errors = [{ field: 'status_code', message }];
  expect(await report(key_id, { status_code })).toEqual(
    problem(400, 'Bad Request', `status_code: ${message}`, { errors }),
  );
});

test.each([
  ['200 characters', `/${'x'.repeat(199)}`, `/${'x'.repeat(199)}`],
  ['201 characters', `/${'x'.repeat(200)}`, `/${'x'.repeat(199)}`],
  ['2,048 characters', `/${'x'.repeat(2047)}`, `/${'x'.repeat(199)}`],
  ['2,048 surrogate pairs', '😀'.repeat(2048), '😀'.repeat(200)],
  ['a surrogate pair at the cut', `${'x'.repeat(199)}😀😀`, `${'x'.repeat(199)}😀`],
])('an endpoint of %s is taken and cut to 200', async (_, endpoint, kept) => {
  const { key_id } = await service.create();
  expect(await report(key_id, { endpoint })).toEqual(
    answered({ message: 'Usage recorded successfully' }),
  );
  expect(await topEndpoints(key_id)).toEqual([{ endpoint: kept, count: 1 }]);
});

test('endpoints that differ only in what is cut off are one', async () => {
  const { key_id } = await service.create();
  for (const end of ['a', 'b']) await report(key_id, { endpoint: 'x'.repeat(200) + end });
  expect(await topEndpoints(key_id)).toEqual([{ endpoint: 'x'.repeat(200), count: 2 }]);
});

test('an API key in what is cut off of an endpoint is refused all the same', async () => {
  const { key_id } = await service.create();
  const message = 'must not contain an API key';
  const endpoint = `${'x'.repeat(300)}hk_live_${'a'.repeat(32)}`;
  expect(await report(key_id, { endpoint })).toEqual(
    problem(400, 'Bad Request', `endpoint: ${message}`, {
      errors: [{ field: 'endpoint', message }],
    }),
  );
});

const aggregate = (query: string) => service.usage(`/aggregate?${query}`);

test.each([
  ['2026-11-20', '2026-11-20'],
  ['2026-11-20T00:00:00Z', '2026-11-20'],
  ['2026-11-20T23:59:59.999Z', '2026-11-20'],
  ['2026-11-20T18:30Z', '2026-11-20'],
  ['2026-11-20T18:30:00', '2026-11-20'],
  ['2026-11-20T23:30:00.123456', '2026-11-20'],
  ['2026-11-20T18:30:00%2B00:00', '2026-11-20'],
  ['2026-11-20T00:30:00%2B02:00', '2026-11-19'],
  ['2026-11-20T00:30:00+02:00', '2026-11-19'],
  ['2026-11-20T23:30:00.5-01:00', '2026-11-21'],
])('totals take %s for %s', async (time, day) => {
  const expected = answered({ start_date: day, end_date: day, usage_by_date: {}, as_of: null });
  expect(await aggregate(`start_date=${time}&end_date=${time}`)).toEqual(expected);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-11-20T24:00:01Z',
  '2026-11-20T18:30:00%2B25:00',
  '2026-11-20T18Z',
  '2026-11-20T18:30:00z',
  '2026-11-20 18:30:00Z',
  '2026-11-20T18:30:00.Z',
  '2026-11-20T18:30:00%2B02:00Z',
  '0026-11-20T18:30:00Z',
  'Fri, 20 Nov 2026 18:30:00 GMT',
  '1795199400000',
])('totals refuse %s by name', async (time) => {
  const message = 'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z';
  expect(await aggregate(`end_date=${time}`)).toEqual(
    problem(400, 'Bad Request', `end_date: ${message}`, {
      errors: [{ field: 'end_date', message }],
    }),
  );
});

test.each([
  ['/api/v1/usage/aggregate', 'from'],
  ['/api/v1/keys', 'service'],
])('%s refuses a parameter that it does not know', async (path, field) => {
  const message = 'is not a parameter of this request';
  expect(await service.call('GET', `${path}?${field}=x`)).toEqual(
    problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
  );
});
