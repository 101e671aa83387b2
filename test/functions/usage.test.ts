import { beforeEach, describe, expect, test } from '@jest/globals';
import { ADMIN_TOKEN } from '../support/client.ts';
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
  compute_ms: 7,
};
const ok = (body: unknown) => ({ status: 200, headers: COMMON_HEADERS, body });
const RECORDED = ok({ message: 'Usage recorded successfully' });
const NOT_A_DAY = 'must be a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z';
const UNKNOWN = '00000000-0000-5000-8000-000000000000';
const notAuthenticated = problem(401, 'Unauthorized', 'Not authenticated');
const invalid = problem(401, 'Unauthorized', 'Invalid authentication credentials');
const notFound = problem(404, 'Not Found', 'API key not found');
const overLimit = problem(402, 'Payment Required', {
  error: 'monthly_limit_exceeded',
  message: 'Monthly prediction limit exceeded',
});

const as = (bearer: string) => ({ headers: { authorization: `Bearer ${bearer}` }, admin: false });
const record = (keyId: string, changes: object = {}, options: object = {}) =>
  service.call('POST', `/api/v1/usage/${keyId}`, { body: { ...USAGE, ...changes }, ...options });
const debit = (keyId: string, changes: object = {}, options: object = {}) =>
  service.call('POST', `/api/v1/usage/${keyId}/debit`, {
    body: { ...USAGE, ...changes },
    ...options,
  });
const stats = (keyId: string, query = '') => service.usage(`/${keyId}/stats${query}`);
const billing = (keyId: string) => service.usage(`/${keyId}/billing`);
const aggregate = (query = '') => service.usage(`/aggregate${query}`);
/** What is known of a key and the platform, to be the same after what must change nothing. */
const everything = async (keyId: string) => [
  (await stats(keyId)).body,
  (await aggregate()).body,
  (await service.item(keyId))?.predictions_202611,
];

describe.each([
  ['record', record],
  ['debit', debit],
])('%s', (kind, send) => {
  test('by an administrator and by the key itself', async () => {
    const { key_id, api_key } = await service.create();
    const answers = [await send(key_id), await send(key_id, {}, as(api_key))];
    const message = `Usage ${kind}ed successfully`;
    for (const answer of answers) {
      expect(answer).toEqual(ok(kind === 'record' ? { message } : { message, remaining: null }));
    }
    expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
  });

  test('what may be left out is zero', async () => {
    const { key_id } = await service.create();
    const { predictions_count: _, compute_ms: __, ...required } = USAGE;
    const path = `/api/v1/usage/${key_id}${kind === 'debit' ? '/debit' : ''}`;
    const body = { ...required, model_id: null, idempotency_key: null, predictions_count: null };
    expect((await service.call('POST', path, { body })).status).toBe(200);
    expect((await stats(key_id)).body).toMatchObject({
      total_requests: 1,
      total_predictions: 0,
      total_compute_ms: 0,
    });
  });

  test('without credentials, or with those of another or of a key that has ended, nothing is counted', async () => {
    const { key_id, api_key } = await service.create();
    const other = await service.create();
    const revoked = await service.create();
    await service.validate(revoked.api_key);
    await service.call('DELETE', `/api/v1/keys/${revoked.key_id}`);
    const expired = await service.create({ expires_in_days: 1 });
    await service.alter(expired.key_id, 'expires_at', NOW.toISOString());
    service.clock.now = new Date(NOW.getTime() + 10 * 60_000);
    expect(await send(key_id, {}, { admin: false })).toEqual(notAuthenticated);
    expect(await send(key_id, {}, { headers: { 'x-api-key': api_key }, admin: false })).toEqual(
      notAuthenticated,
    );
    for (const [keyId, bearer] of [
      [key_id, other.api_key],
      [key_id, `${ADMIN_TOKEN}x`],
      [key_id, api_key.replace(/.$/, (end) => (end === 'a' ? 'b' : 'a'))],
      [revoked.key_id, revoked.api_key],
      [expired.key_id, expired.api_key],
      [UNKNOWN, api_key],
    ] as const) {
      expect(await send(keyId, {}, as(bearer))).toEqual(invalid);
    }
    for (const keyId of [key_id, revoked.key_id, expired.key_id]) {
      expect((await stats(keyId)).body.total_requests).toBe(0);
    }
  });

  test('of a revoked key an administrator may still report', async () => {
    const { key_id } = await service.create();
    await service.call('DELETE', `/api/v1/keys/${key_id}`);
    expect((await send(key_id)).status).toBe(200);
  });

  test('of a key that does not exist nothing is counted', async () => {
    const before = (await aggregate()).body;
    expect(await send(UNKNOWN)).toEqual(notFound);
    expect(await send('no-uuid')).toEqual(notFound);
    expect((await aggregate()).body).toEqual(before);
  });

  const quantity = 'must be a number from 0 to 1000000000';
  test.each([
    [{ service_id: undefined }, 'service_id', 'is required'],
    [{ service_id: 'other' }, 'service_id', 'must be one of: prediction, platform, website'],
    [{ endpoint: undefined }, 'endpoint', 'is required'],
    [
      { endpoint: 'x'.repeat(2049) },
      'endpoint',
      'must be text of 1 to 2048 characters, none of them control characters',
    ],
    [{ status_code: undefined }, 'status_code', 'is required'],
    [{ status_code: 99 }, 'status_code', 'must be 0 or a whole number from 100 to 599'],
    [{ status_code: '200' }, 'status_code', 'must be 0 or a whole number from 100 to 599'],
    [{ response_time_ms: undefined }, 'response_time_ms', 'is required'],
    [{ response_time_ms: -0.1 }, 'response_time_ms', quantity],
    [{ response_time_ms: 1e300 }, 'response_time_ms', quantity],
    [{ compute_ms: '1' }, 'compute_ms', quantity],
    [
      { predictions_count: 1.5 },
      'predictions_count',
      'must be a whole number from 0 to 1000000000',
    ],
    [{ predictions_count: -1 }, 'predictions_count', 'must be a whole number from 0 to 1000000000'],
    [
      { idempotency_key: '' },
      'idempotency_key',
      'must be text of 1 to 200 characters, none of them control characters',
    ],
    [{ predictions: 1 }, 'predictions', 'is not a field of this request'],
  ])('%j is refused by name', async (changes, field, message) => {
    const { key_id } = await service.create();
    expect(await send(key_id, changes)).toEqual(
      problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
    );
    expect((await stats(key_id)).body.total_requests).toBe(0);
  });

  test('no JSON, and too much of it', async () => {
    const { key_id } = await service.create();
    const path = `/api/v1/usage/${key_id}${kind === 'debit' ? '/debit' : ''}`;
    const call = (body: string, type = 'application/json') =>
      service.call('POST', path, { body, headers: { 'content-type': type } });
    expect((await call('{')).status).toBe(400);
    expect((await call('a=b', 'text/plain')).status).toBe(415);
    expect((await call(`{"endpoint": "${'x'.repeat(33_000)}"}`)).status).toBe(413);
  });

  test('without DynamoDB', async () => {
    const { key_id } = await service.create();
    service.dynamodb.mode = 'cut';
    expect(await send(key_id)).toEqual(
      problem(503, 'Service Unavailable', 'Service temporarily unavailable'),
    );
    service.dynamodb.mode = 'pass';
  });

  describe('with an idempotency key', () => {
    const once = { idempotency_key: 'report-1' };

    test('it counts once, whoever sends it and however often', async () => {
      const { key_id, api_key } = await service.create();
      const all = await Promise.all([
        ...Array.from({ length: 10 }, () => send(key_id, once)),
        ...Array.from({ length: 10 }, () => send(key_id, once, as(api_key))),
      ]);
      expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200));
      service.clock.now = new Date(NOW.getTime() + 24 * 3_600_000);
      expect((await send(key_id, once)).status).toBe(200);
      expect((await stats(key_id)).body).toMatchObject({ total_requests: 1, total_predictions: 3 });
    });

    test('a lost answer does not make it count twice', async () => {
      const { key_id } = await service.create();
      service.dynamodb.mode = 'lose-answer';
      await send(key_id, once);
      service.dynamodb.mode = 'pass';
      expect((await send(key_id, once)).status).toBe(200);
      expect((await stats(key_id)).body.total_requests).toBe(1);
    });

    test('one that would be billed otherwise is refused, and counts nothing', async () => {
      const { key_id } = await service.create();
      await send(key_id, once);
      const before = await everything(key_id);
      const reused = problem(
        422,
        'Unprocessable Entity',
        'idempotency_key has been used with another report',
      );
      for (const changed of [
        { service_id: 'platform' },
        { endpoint: '/v2' },
        { predictions_count: 4 },
      ]) {
        expect(await send(key_id, { ...once, ...changed })).toEqual(reused);
      }
      const other = kind === 'record' ? debit : record;
      expect(await other(key_id, once)).toEqual(reused);
      expect(await everything(key_id)).toEqual(before);
    });

    test('what was measured anew does not make it another', async () => {
      const { key_id } = await service.create();
      const { body } = await send(key_id, once);
      for (const measured of [
        { status_code: 500 },
        { response_time_ms: 13 },
        { compute_ms: 8 },
        { model_id: 'a model' },
      ]) {
        expect(await send(key_id, { ...once, ...measured })).toEqual(ok(body));
      }
      expect((await stats(key_id)).body).toMatchObject({
        total_requests: 1,
        total_compute_ms: 7,
        error_rate: 0,
      });
    });

    test('another key has its own', async () => {
      for (const { key_id } of [await service.create(), await service.create()]) {
        await send(key_id, once);
        expect((await stats(key_id)).body.total_requests).toBe(1);
      }
    });
  });
});

describe('a monthly limit', () => {
  test('a debit says what remains, and one too large counts nothing', async () => {
    const { key_id } = await service.create({ monthly_prediction_limit: 10 });
    const left = (remaining: number) => ok({ message: 'Usage debited successfully', remaining });
    expect(await debit(key_id, { predictions_count: 7 })).toEqual(left(3));
    const before = await everything(key_id);
    expect(await debit(key_id, { predictions_count: 4 })).toEqual(overLimit);
    expect(await debit(key_id, { predictions_count: 11 })).toEqual(overLimit);
    expect(await everything(key_id)).toEqual(before);
    expect(await debit(key_id, { predictions_count: 3 })).toEqual(left(0));
    expect(await debit(key_id, { predictions_count: 0 })).toEqual(left(0));
    expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
  });

  test('a first debit beyond it counts nothing', async () => {
    const { key_id } = await service.create({ monthly_prediction_limit: 10 });
    expect(await debit(key_id, { predictions_count: 11 })).toEqual(overLimit);
    expect((await stats(key_id)).body.total_requests).toBe(0);
  });

  test('a debit that was counted stays so when it is sent again, also past the limit', async () => {
    const { key_id } = await service.create({ monthly_prediction_limit: 10 });
    const once = { predictions_count: 6, idempotency_key: 'one' };
    expect((await debit(key_id, once)).body.remaining).toBe(4);
    expect((await debit(key_id, { predictions_count: 4 })).body.remaining).toBe(0);
    expect(await debit(key_id, once)).toEqual(
      ok({ message: 'Usage debited successfully', remaining: 0 }),
    );
    await service.call('PATCH', `/api/v1/keys/${key_id}`, {
      body: { monthly_prediction_limit: 5 },
    });
    expect((await debit(key_id, once)).status).toBe(200);
    expect((await stats(key_id)).body.total_predictions).toBe(10);
  });

  test('a record counts past it, and a debit does where overage is allowed', async () => {
    const { key_id } = await service.create({ monthly_prediction_limit: 10 });
    expect(await record(key_id, { predictions_count: 25 })).toEqual(RECORDED);
    const open = await service.create({ monthly_prediction_limit: 10, overage_allowed: true });
    expect((await debit(open.key_id, { predictions_count: 25 })).body.remaining).toBe(0);
    for (const keyId of [key_id, open.key_id]) {
      expect((await billing(keyId)).body.overage_charges).toBe(0.015);
    }
  });

  test('validation refuses from the first after it is reached, until the month turns', async () => {
    const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
    expect((await service.validate(api_key)).status).toBe(200);
    await debit(key_id, { predictions_count: 9 });
    expect((await service.validate(api_key)).status).toBe(200);
    await debit(key_id, { predictions_count: 1 });
    const refused = await service.validate(api_key);
    expect(refused).toMatchObject({ status: 429, body: { code: 'monthly_limit_exceeded' } });
    expect(refused.headers['retry-after']).toBe(String(7 * 86_400 + 5.5 * 3600));
    service.clock.now = new Date('2026-11-30T23:59:59.999Z');
    expect((await service.validate(api_key)).status).toBe(429);
    service.clock.now = new Date('2026-12-01T00:00:00.000Z');
    expect((await service.validate(api_key)).status).toBe(200);
    expect((await debit(key_id, { predictions_count: 10 })).body.remaining).toBe(0);
  });

  test.each([{ monthly_prediction_limit: 11 }, { overage_allowed: true }])(
    'validation and debits go on after a PATCH of %j',
    async (body) => {
      const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
      await debit(key_id, { predictions_count: 10 });
      expect((await service.validate(api_key)).status).toBe(429);
      expect((await debit(key_id, { predictions_count: 1 })).status).toBe(402);
      await service.call('PATCH', `/api/v1/keys/${key_id}`, { body });
      service.clock.now = new Date(NOW.getTime() + 1000);
      expect((await service.validate(api_key)).status).toBe(200);
      expect((await debit(key_id, { predictions_count: 1 })).status).toBe(200);
    },
  );

  test('a PATCH that narrows it holds for the next debit and the next validation', async () => {
    const { key_id, api_key } = await service.create({ monthly_prediction_limit: 100 });
    await debit(key_id, { predictions_count: 10 });
    await service.call('PATCH', `/api/v1/keys/${key_id}`, {
      body: { monthly_prediction_limit: 10 },
    });
    expect((await debit(key_id, { predictions_count: 1 })).status).toBe(402);
    expect((await service.validate(api_key)).status).toBe(429);
  });
});

describe('stats', () => {
  test('of a month', async () => {
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

  test('a month without data is zeros', async () => {
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

  test('a rotated key keeps its history, and each says what became of it', async () => {
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

  test('of more than 200 endpoints, the rest are one', async () => {
    const { key_id } = await service.create();
    for (let i = 0; i < 200; i++) await record(key_id, { endpoint: `/${i}` });
    for (let i = 150; i < 260; i++) await record(key_id, { endpoint: `/${i}` });
    const { top_endpoints, total_requests } = (await stats(key_id)).body;
    expect(total_requests).toBe(310);
    expect(top_endpoints).toHaveLength(10);
    expect(top_endpoints[0]).toEqual({ endpoint: 'other', count: 60 });
    expect(top_endpoints[1]).toEqual({ endpoint: '/150', count: 2 });
  });
});

test('billing', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 4, billing_plan: 'pro' });
  await record(key_id);
  const bill = {
    key_id,
    billing_plan: 'pro',
    current_usage: { requests: 1, predictions: 3, compute_ms: 7 },
    monthly_limit: 4,
    overage_charges: 0,
    next_billing_date: '2026-12-01T00:00:00Z',
    as_of: NOW.toISOString(),
  };
  expect(await billing(key_id)).toEqual(ok(bill));
  await record(key_id);
  expect(await billing(key_id)).toEqual(
    ok({
      ...bill,
      current_usage: { requests: 2, predictions: 6, compute_ms: 14 },
      overage_charges: 0.002,
    }),
  );
  service.clock.now = new Date('2026-12-31T23:59:59.999Z');
  expect(await billing(key_id)).toEqual(
    ok({
      ...bill,
      current_usage: { requests: 0, predictions: 0, compute_ms: 0 },
      next_billing_date: '2027-01-01T00:00:00Z',
      as_of: null,
    }),
  );
  const unlimited = await service.create();
  expect((await billing(unlimited.key_id)).body).toMatchObject({
    billing_plan: 'free',
    monthly_limit: null,
    overage_charges: 0,
  });
});

describe('aggregate', () => {
  test('by day and service, over whichever days are asked for', async () => {
    const { key_id } = await service.create();
    for (const [day, service_id, times] of [
      ['2025-06-01', 'prediction', 3],
      ['2025-06-01', 'website', 1],
      ['2025-06-30', 'prediction', 2],
      ['2025-07-01', 'prediction', 1],
    ] as const) {
      service.clock.now = new Date(`${day}T23:59:59.999Z`);
      for (let i = 0; i < times; i++)
        await record(key_id, { service_id, response_time_ms: 10 * i });
    }
    const totals = (requests: number, avg_response_time_ms: number) => ({
      requests,
      predictions: 3 * requests,
      compute_ms: 7 * requests,
      avg_response_time_ms,
    });
    const june = {
      '2025-06-01': { prediction: totals(3, 10), website: totals(1, 0) },
      '2025-06-30': { prediction: totals(2, 5) },
    };
    expect(await aggregate('?start_date=2025-06-01&end_date=2025-06-30')).toEqual(
      ok({
        start_date: '2025-06-01',
        end_date: '2025-06-30',
        usage_by_date: june,
        as_of: '2025-06-30T23:59:59.999Z',
      }),
    );
    expect(
      await aggregate('?start_date=2025-06-01&end_date=2025-06-01&service_id=website'),
    ).toEqual(
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
      usage_by_date: { '2025-06-30': {}, '2025-07-01': {} },
    });
    expect((await aggregate('?start_date=2024-06-30')).body.end_date).toBe('2025-06-30');
    expect((await aggregate('?service_id=unheard-of')).body).toMatchObject({
      usage_by_date: {},
      as_of: null,
    });
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
  ])('?%s is refused by name', async (query, field, message) => {
    expect(await aggregate(`?${query}`)).toEqual(
      problem(400, 'Bad Request', `${field}: ${message}`, { errors: [{ field, message }] }),
    );
  });
});

describe('what is for administrators', () => {
  test.each([
    ['2026-13', 'must be a month as in 2026-01'],
    ['2026', 'must be a month as in 2026-01'],
    ['', 'must be a month as in 2026-01'],
  ])('a period of "%s" is refused', async (period, message) => {
    const { key_id } = await service.create();
    expect(await stats(key_id, `?period=${period}`)).toEqual(
      problem(400, 'Bad Request', `period: ${message}`, { errors: [{ field: 'period', message }] }),
    );
  });

  test.each(['/stats', '/billing'])('%s of an unknown key', async (path) => {
    expect(await service.call('GET', `/api/v1/usage/${UNKNOWN}${path}`)).toEqual(notFound);
  });

  test('is not for a key, nor for anyone', async () => {
    const { key_id, api_key } = await service.create();
    for (const path of [`/${key_id}/stats`, `/${key_id}/billing`, '/aggregate']) {
      const get = (options: object) => service.call('GET', `/api/v1/usage${path}`, options);
      expect(await get({ admin: false })).toEqual(notAuthenticated);
      expect(await get(as(api_key))).toEqual(invalid);
    }
  });
});

describe('a key that has ended', () => {
  const TEN_MINUTES_MS = 10 * 60_000;

  test('reports for ten minutes what was served for it, but debits no more', async () => {
    const { key_id, api_key } = await service.create();
    await debit(key_id, {}, as(api_key));
    await service.call('DELETE', `/api/v1/keys/${key_id}`);
    expect(await debit(key_id, {}, as(api_key))).toEqual(invalid);
    service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS - 1);
    expect(await record(key_id, {}, as(api_key))).toEqual(RECORDED);
    expect(await debit(key_id, {}, as(api_key))).toEqual(invalid);
    service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS);
    expect(await record(key_id, {}, as(api_key))).toEqual(invalid);
    expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
  });

  test('by rotation, reports until ten minutes after its grace period, and only for itself', async () => {
    const old = await service.create();
    const { body } = await service.call('POST', `/api/v1/keys/${old.key_id}/rotate`, {
      body: { grace_period_minutes: 10 },
    });
    expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(200);
    expect((await debit(old.key_id, {}, as(old.api_key))).status).toBe(200);
    expect((await record(body.key_id, {}, as(old.api_key))).status).toBe(401);
    service.clock.now = new Date(NOW.getTime() + TEN_MINUTES_MS);
    expect((await debit(old.key_id, {}, as(old.api_key))).status).toBe(401);
    expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(200);
    service.clock.now = new Date(NOW.getTime() + 2 * TEN_MINUTES_MS);
    expect((await record(old.key_id, {}, as(old.api_key))).status).toBe(401);
    expect((await record(body.key_id, {}, as(body.api_key))).status).toBe(200);
    expect((await stats(old.key_id)).body.total_requests).toBe(3);
    expect((await stats(body.key_id)).body.total_requests).toBe(1);
  });
});

test('a key that may not be used is refused before its body is read, and one that may again is not', async () => {
  const { key_id, api_key } = await service.create({ expires_in_days: 1 });
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
  service.clock.now = new Date(NOW.getTime() + 2 * 86_400_000);
  expect(await record(key_id, { status_code: 'odd' }, as(api_key))).toEqual(invalid);
  await service.call('PATCH', `/api/v1/keys/${key_id}`, { body: { expires_in_days: 1 } });
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
});

test('a revoked key is refused also where its report was counted before', async () => {
  const { key_id, api_key } = await service.create();
  const counted = { idempotency_key: 'counted' };
  expect((await record(key_id, counted, as(api_key))).status).toBe(200);
  await service.call('DELETE', `/api/v1/keys/${key_id}`);
  service.clock.now = new Date(NOW.getTime() + 10 * 60_000);
  for (const changes of [counted, { ...counted, endpoint: '/other' }, counted]) {
    expect(await record(key_id, changes, as(api_key))).toEqual(invalid);
  }
  expect((await record(key_id, counted)).status).toBe(200);
});

test('a debit of nothing is never over the limit', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 5 });
  await record(key_id, { predictions_count: 6 });
  expect((await debit(key_id, { predictions_count: 0 })).body.remaining).toBe(0);
  expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
  expect((await stats(key_id)).body).toMatchObject({ total_requests: 2, total_predictions: 6 });
});

test('a key of an environment that is not served here does not report', async () => {
  const { key_id, api_key } = await service.create({ environment: 'test' });
  const { KEY_ENVIRONMENTS } = process.env;
  process.env.KEY_ENVIRONMENTS = 'production';
  expect(await record(key_id, {}, as(api_key))).toEqual(invalid);
  process.env.KEY_ENVIRONMENTS = KEY_ENVIRONMENTS;
  expect((await record(key_id, {}, as(api_key))).status).toBe(200);
});

test('a log entry is kept for 70 days', async () => {
  const { key_id } = await service.create();
  await record(key_id, { idempotency_key: 'kept', model_id: 'a model' });
  const { predictions_count, ...usage } = USAGE;
  expect(await service.usageItems(`log#${key_id}`)).toEqual([
    {
      pk: `log#${key_id}`,
      sk: 'report#kept',
      charge: 'record',
      at: NOW.toISOString(),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...usage,
      predictions_count,
      model_id: 'a model',
      delete_after: NOW.getTime() / 1000 + 70 * 86_400,
    },
  ]);
});

test('a month is one item, however many endpoints it has met', async () => {
  const { key_id } = await service.create();
  for (let i = 0; i < 60; i++) await record(key_id, { endpoint: `/${i}/${'😀'.repeat(190)}` });
  expect((await stats(key_id)).body.total_requests).toBe(60);
  const items = await service.usageItems(`key#${key_id}`);
  expect(items).toEqual([expect.objectContaining({ sk: '2026-11', requests: 60 })]);
  expect(JSON.stringify(items).length).toBeLessThan(20_000);
});

test('a report is two plain writes, and so is a debit', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 1000 });
  const requestsOf = async (work: () => Promise<{ status: number }>, status = 200) => {
    service.dynamodb.actions.length = 0;
    expect((await work()).status).toBe(status);
    return [...service.dynamodb.actions];
  };
  const once = { idempotency_key: 'once' };
  expect(await requestsOf(() => record(key_id))).toEqual(['UpdateItem', 'PutItem']);
  expect(await requestsOf(() => record(key_id, {}, as(api_key)))).toEqual([
    'GetItem',
    'UpdateItem',
    'PutItem',
  ]);
  expect(await requestsOf(() => record(key_id, {}, as(api_key)))).toEqual([
    'UpdateItem',
    'PutItem',
  ]);
  expect(await requestsOf(() => debit(key_id, once))).toEqual(['UpdateItem', 'PutItem']);
  // A repeat takes its addition back; a refusal looks whether it is one.
  expect(await requestsOf(() => debit(key_id, once))).toEqual([
    'UpdateItem',
    'PutItem',
    'UpdateItem',
  ]);
  const tooMuch = { predictions_count: 1000 };
  expect(await requestsOf(() => debit(key_id, tooMuch), 402)).toEqual(['UpdateItem', 'GetItem']);
});

test('a log entry whose answer was lost is not taken for a repeat', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  service.dynamodb.loseOnce = /^PutItem/;
  const first = await debit(key_id, { predictions_count: 6, idempotency_key: 'once' });
  expect(first).toEqual(ok({ message: 'Usage debited successfully', remaining: 4 }));
  expect(service.dynamodb.loseOnce).toBeUndefined();
  expect(await debit(key_id, { predictions_count: 5 })).toEqual(overLimit);
});

test('what a repeat takes back it takes back once, also when the answer is lost', async () => {
  const { key_id } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  await debit(key_id, once);
  service.dynamodb.loseOnce = /^UpdateItem .*"N":"-4"/;
  // The limiter may be thought too high, never too low.
  expect((await debit(key_id, once)).body.remaining).toBe(2);
  expect(service.dynamodb.loseOnce).toBeUndefined();
  expect((await debit(key_id, { predictions_count: 6 })).body.remaining).toBe(0);
  expect(await debit(key_id, { predictions_count: 1 })).toEqual(overLimit);
});

test('a report whose log entry may have been written leaves the limiter too high, never too low', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  service.dynamodb.mode = 'cut-puts';
  expect((await debit(key_id, once)).status).toBe(503);
  service.dynamodb.mode = 'pass';
  expect(await debit(key_id, once)).toEqual(
    ok({ message: 'Usage debited successfully', remaining: 2 }),
  );
  expect((await stats(key_id)).body).toMatchObject({ total_requests: 1, total_predictions: 4 });
  expect((await service.validate(api_key)).status).toBe(200);
});

test('a report whose log entry was refused counts nothing, however often it is sent', async () => {
  const { key_id, api_key } = await service.create({ monthly_prediction_limit: 10 });
  const once = { predictions_count: 4, idempotency_key: 'once' };
  service.dynamodb.mode = 'throttle-puts';
  for (let i = 0; i < 3; i++) expect((await debit(key_id, once)).status).toBe(503);
  service.dynamodb.mode = 'pass';
  expect((await debit(key_id, once)).body.remaining).toBe(6);
  expect((await debit(key_id, { predictions_count: 6 })).body.remaining).toBe(0);
  expect((await service.validate(api_key)).body.code).toBe('monthly_limit_exceeded');
});
