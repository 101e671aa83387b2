import { expect, test } from '@jest/globals';
import { invalid, NOW, notAuthenticated } from '../support/service.ts';
import { as, notFound, ok, UNKNOWN_ID, useUsage } from '../support/usage-requests.ts';

const { service, record, billing } = useUsage();

test('returns the usage of the current month and the charges over its limit', async () => {
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

test('responds with 404 for an unknown key', async () => {
  expect(await service.call('GET', `/api/v1/usage/${UNKNOWN_ID}/billing`)).toEqual(notFound);
});

test('rejects the key itself and a caller without credentials', async () => {
  const { key_id, api_key } = await service.create();
  const get = (options: object) => service.call('GET', `/api/v1/usage/${key_id}/billing`, options);
  expect(await get({ admin: false })).toEqual(notAuthenticated);
  expect(await get(as(api_key))).toEqual(invalid);
});
