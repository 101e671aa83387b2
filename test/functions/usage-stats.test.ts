import { expect, test } from '@jest/globals';
import { invalid, NOW, notAuthenticated } from '../support/service.ts';
import { as, badField, notFound, ok, UNKNOWN_ID, useUsage } from '../support/usage-requests.ts';

const { service, record, stats } = useUsage();

test('returns the totals of a month', async () => {
  const { key_id } = await service.create();
  await record(key_id);
  await record(key_id, { endpoint: '/v2', status_code: 500, response_time_ms: 0.0004 });
  service.clock.now = new Date(NOW.getTime() + 1000);
  await record(key_id, { endpoint: '/v2', status_code: 400, response_time_ms: 2.1 });
  const expected = {
    key_id,
    period: '2026-11',
    total_requests: 3,
    total_predictions: 9,
    total_compute_ms: 21,
    average_response_time_ms: 14.6 / 3,
    error_rate: 2 / 3,
    top_endpoints: [
      { endpoint: '/v2', count: 2 },
      { endpoint: '/v1/predict', count: 1 },
    ],
    as_of: '2026-11-23T18:30:01.000Z',
    rotated_from: null,
    rotated_to: null,
  };
  expect(await stats(key_id)).toEqual(ok(expected));
  expect(await stats(key_id, '?period=2026-11')).toEqual(ok(expected));
});

test('returns zeros for a month without data', async () => {
  const { key_id } = await service.create();
  await record(key_id);
  expect(await stats(key_id, '?period=2026-10')).toEqual(
    ok({
      key_id,
      period: '2026-10',
      total_requests: 0,
      total_predictions: 0,
      total_compute_ms: 0,
      average_response_time_ms: 0,
      error_rate: 0,
      top_endpoints: [],
      as_of: null,
      rotated_from: null,
      rotated_to: null,
    }),
  );
});

test('keeps the history of a rotated key and links it to its successor', async () => {
  const old = await service.create();
  await record(old.key_id);
  const { body } = await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`);
  await record(body.key_id);
  expect((await stats(old.key_id)).body).toMatchObject({
    total_requests: 1,
    rotated_from: null,
    rotated_to: body.key_id,
  });
  expect((await stats(body.key_id)).body).toMatchObject({
    total_requests: 1,
    rotated_from: old.key_id,
    rotated_to: null,
  });
});

test('counts endpoints beyond the first 200 of a month as one', async () => {
  const { key_id } = await service.create();
  for (let i = 0; i < 200; i++) await record(key_id, { endpoint: `/${i}` });
  for (let i = 190; i < 220; i++) await record(key_id, { endpoint: `/${i}` });
  const { top_endpoints, total_requests } = (await stats(key_id)).body;
  expect(total_requests).toBe(230);
  expect(top_endpoints).toHaveLength(10);
  expect(top_endpoints[0]).toEqual({ endpoint: 'other', count: 20 });
  expect(top_endpoints[1]).toEqual({ endpoint: '/190', count: 2 });
});

test('stores a month in one item, however many endpoints it has', async () => {
  const { key_id } = await service.create();
  for (let i = 0; i < 60; i++) await record(key_id, { endpoint: `/${i}/${'😀'.repeat(190)}` });
  expect((await stats(key_id)).body.total_requests).toBe(60);
  const items = await service.usageItems(`key#${key_id}`);
  expect(items).toEqual([expect.objectContaining({ sk: '2026-11', requests: 60 })]);
  expect(JSON.stringify(items).length).toBeLessThan(20_000);
});

test.each([
  ['2026-13', 'must be a month as in 2026-01'],
  ['2026', 'must be a month as in 2026-01'],
  ['', 'must be a month as in 2026-01'],
])('rejects the period "%s"', async (period, message) => {
  const { key_id } = await service.create();
  expect(await stats(key_id, `?period=${period}`)).toEqual(badField('period', message));
});

test('responds with 404 for an unknown key', async () => {
  expect(await service.call('GET', `/api/v1/usage/${UNKNOWN_ID}/stats`)).toEqual(notFound);
});

test('rejects the key itself and a caller without credentials', async () => {
  const { key_id, api_key } = await service.create();
  const get = (options: object) => service.call('GET', `/api/v1/usage/${key_id}/stats`, options);
  expect(await get({ admin: false })).toEqual(notAuthenticated);
  expect(await get(as(api_key))).toEqual(invalid);
});
