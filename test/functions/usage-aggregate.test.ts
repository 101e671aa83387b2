import { expect, test } from '@jest/globals';
import { invalid, notAuthenticated } from '../support/service.ts';
import { as, badField, ok, useUsage } from '../support/usage-requests.ts';

const { service, record, aggregate } = useUsage();

const NOT_A_DAY = 'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z';

test('returns totals by day and service for the days asked for', async () => {
  const { key_id } = await service.create();
  for (const [day, service_id, times] of [
    ['2025-06-01', 'prediction', 3],
    ['2025-06-01', 'website', 1],
    ['2025-06-15', 'website', 1],
    ['2025-06-30', 'prediction', 2],
    ['2025-07-01', 'prediction', 1],
  ] as const) {
    service.clock.now = new Date(`${day}T23:59:59.999Z`);
    for (let i = 0; i < times; i++) await record(key_id, { service_id, response_time_ms: 10 * i });
  }
  const totals = (requests: number, avg_response_time_ms: number) => ({
    requests,
    predictions: 3 * requests,
    compute_ms: 7 * requests,
    avg_response_time_ms,
  });
  const june = {
    '2025-06-01': { prediction: totals(3, 10), website: totals(1, 0) },
    '2025-06-15': { website: totals(1, 0) },
    '2025-06-30': { prediction: totals(2, 5) },
  };
  const answer = await aggregate('?start_date=2025-06-01&end_date=2025-06-30');
  expect(Object.keys(answer.body.usage_by_date)).toEqual(Object.keys(june));
  expect(answer).toEqual(
    ok({
      start_date: '2025-06-01',
      end_date: '2025-06-30',
      usage_by_date: june,
      as_of: '2025-06-30T23:59:59.999Z',
    }),
  );
  expect(await aggregate('?start_date=2025-06-01&end_date=2025-06-01&service_id=website')).toEqual(
    ok({
      start_date: '2025-06-01',
      end_date: '2025-06-01',
      usage_by_date: { '2025-06-01': { website: totals(1, 0) } },
      as_of: '2025-06-01T23:59:59.999Z',
    }),
  );
  service.clock.now = new Date('2025-06-30T12:00:00.000Z');
  expect((await aggregate()).body).toEqual({
    start_date: '2025-06-01',
    end_date: '2025-06-30',
    usage_by_date: june,
    as_of: '2025-06-30T23:59:59.999Z',
  });
  expect((await aggregate('?end_date=2025-07-02')).body).toMatchObject({
    start_date: '2025-06-03',
    usage_by_date: { '2025-06-15': {}, '2025-06-30': {}, '2025-07-01': {} },
  });
  expect((await aggregate('?start_date=2024-06-30')).body.end_date).toBe('2025-06-30');
  expect((await aggregate('?service_id=unheard-of')).body).toMatchObject({
    usage_by_date: {},
    as_of: null,
  });
});

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
])('reads %s as the day %s', async (time, day) => {
  const expected = ok({ start_date: day, end_date: day, usage_by_date: {}, as_of: null });
  expect(await aggregate(`?start_date=${time}&end_date=${time}`)).toEqual(expected);
});

test.each([
  ['start_date=2025-02-29', 'start_date', NOT_A_DAY],
  ['end_date=2025-1-1', 'end_date', NOT_A_DAY],
  ['end_date=-271821-05', 'end_date', NOT_A_DAY],
  ['end_date=%2B010000-01', 'end_date', NOT_A_DAY],
  ['end_date=0000-01-05', 'end_date', NOT_A_DAY],
  ['end_date=', 'end_date', NOT_A_DAY],
  ['start_date=2027-01-01', 'start_date', 'must not be after the end, 2026-11-23'],
  ['start_date=2025-11-22', 'start_date', 'must be at most 365 days before the end, 2026-11-23'],
  ['from=2025-01-01', 'from', 'is not a parameter of this request'],
])('rejects ?%s and names the parameter', async (query, field, message) => {
  expect(await aggregate(`?${query}`)).toEqual(badField(field, message));
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
])('rejects the time %s and names the parameter', async (time) => {
  expect(await aggregate(`?end_date=${time}`)).toEqual(badField('end_date', NOT_A_DAY));
});

test('rejects an unknown parameter and names it', async () => {
  expect(await aggregate('?from=x')).toEqual(
    badField('from', 'is not a parameter of this request'),
  );
});

test('rejects the key itself and a caller without credentials', async () => {
  const { api_key } = await service.create();
  const get = (options: object) => service.call('GET', '/api/v1/usage/aggregate', options);
  expect(await get({ admin: false })).toEqual(notAuthenticated);
  expect(await get(as(api_key))).toEqual(invalid);
});
